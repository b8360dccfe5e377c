"""Completes CloudTrail."""

from moto.cloudtrail.models import CloudTrailBackend


def find_trails_by_their_arns():
    """moto starts, stops and deletes a trail by its name only. The AWS provider gives the ARN."""

    def by_name(act):
        return lambda self, name: act(self, self.get_trail(name).trail_name)

    for name in ("start_logging", "stop_logging", "delete_trail"):
        setattr(CloudTrailBackend, name, by_name(getattr(CloudTrailBackend, name)))
