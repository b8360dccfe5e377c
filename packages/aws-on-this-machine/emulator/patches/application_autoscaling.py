"""Completes application autoscaling."""

import json
from collections import defaultdict

from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse


def add_scalable_target_tags():
    """moto lacks these actions. Terraform's AWS provider would retry ListTagsForResource for minutes."""
    tags_by_arn = defaultdict(dict)
    register = ApplicationAutoScalingResponse.register_scalable_target

    def register_scalable_target(self):
        answer = register(self)
        tags_by_arn[json.loads(answer)["ScalableTargetARN"]].update(self._get_param("Tags") or {})
        return answer

    def list_tags_for_resource(self):
        return json.dumps({"Tags": tags_by_arn[self._get_param("ResourceARN")]})

    def tag_resource(self):
        tags_by_arn[self._get_param("ResourceARN")].update(self._get_param("Tags"))
        return "{}"

    def untag_resource(self):
        for key in self._get_param("TagKeys"):
            tags_by_arn[self._get_param("ResourceARN")].pop(key, None)
        return "{}"

    ApplicationAutoScalingResponse.register_scalable_target = register_scalable_target
    ApplicationAutoScalingResponse.list_tags_for_resource = list_tags_for_resource
    ApplicationAutoScalingResponse.tag_resource = tag_resource
    ApplicationAutoScalingResponse.untag_resource = untag_resource
