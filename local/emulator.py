"""AWS on this machine: moto's server, with what Terraform's AWS provider needs and moto 5.2 lacks.

Listens on a free port of 127.0.0.1, prints {"endpoint": "http://..."} when it is ready, logs a line a request to
standard error, and ends when its standard input does: it cannot outlive whoever started it.
"""

import json
import sys

from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse
from moto.awslambda.models import LambdaFunction
from moto.iam.access_control import IAMPolicyStatement, PermissionResult
from moto.moto_server.threaded_moto_server import ThreadedMotoServer
from moto.s3.models import FakeDeleteMarker


def add_scalable_target_tags():
    """The provider reads a scalable target's tags after it set them, and retries for minutes where it cannot."""
    tags_by_arn = {}
    register = ApplicationAutoScalingResponse.register_scalable_target

    def register_scalable_target(self):
        answer = register(self)
        arn = json.loads(answer)["ScalableTargetARN"]
        tags_by_arn.setdefault(arn, {}).update(self._get_param("Tags") or {})
        return answer

    def list_tags_for_resource(self):
        return json.dumps({"Tags": tags_by_arn.get(self._get_param("ResourceARN"), {})})

    def tag_resource(self):
        tags_by_arn.setdefault(self._get_param("ResourceARN"), {}).update(self._get_param("Tags"))
        return "{}"

    def untag_resource(self):
        tags = tags_by_arn.get(self._get_param("ResourceARN"), {})
        for key in self._get_param("TagKeys"):
            tags.pop(key, None)
        return "{}"

    ApplicationAutoScalingResponse.register_scalable_target = register_scalable_target
    ApplicationAutoScalingResponse.list_tags_for_resource = list_tags_for_resource
    ApplicationAutoScalingResponse.tag_resource = tag_resource
    ApplicationAutoScalingResponse.untag_resource = untag_resource


def remember_logging_config():
    """moto drops a function's LoggingConfig, so that every plan would show a change."""
    init = LambdaFunction.__init__
    get = LambdaFunction.get_configuration
    update = LambdaFunction.update_configuration

    def __init__(self, account_id, spec, *args, **kwargs):
        init(self, account_id, spec, *args, **kwargs)
        self.logging_config = spec.get("LoggingConfig")

    def get_configuration(self, *args, **kwargs):
        configuration = get(self, *args, **kwargs)
        if self.logging_config:
            configuration["LoggingConfig"] = self.logging_config
        return configuration

    def update_configuration(self, config_updates):
        self.logging_config = config_updates.get("LoggingConfig", self.logging_config)
        return update(self, config_updates)

    LambdaFunction.__init__ = __init__
    LambdaFunction.get_configuration = get_configuration
    LambdaFunction.update_configuration = update_configuration


def treat_requests_as_encrypted():
    """moto answers a statement whose condition does not hold with a denial, so that a policy which refuses plain HTTP
    refuses everything. The emulator stands for AWS's HTTPS endpoints: such a statement never applies."""
    is_action_permitted = IAMPolicyStatement.is_action_permitted

    def is_action_permitted_over_tls(self, *args, **kwargs):
        condition = self._statement.get("Condition", {}).get("Bool", {})
        if condition.get("aws:SecureTransport") == "false":
            return PermissionResult.NEUTRAL
        return is_action_permitted(self, *args, **kwargs)

    IAMPolicyStatement.is_action_permitted = is_action_permitted_over_tls


def let_delete_markers_be_deleted():
    """moto fails on a deleted delete marker, so that a versioned bucket could never be emptied."""
    FakeDeleteMarker.dispose = lambda self, garbage=False: None


def main():
    add_scalable_target_tags()
    remember_logging_config()
    treat_requests_as_encrypted()
    let_delete_markers_be_deleted()
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    print(json.dumps({"endpoint": f"http://{host}:{port}"}), flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
