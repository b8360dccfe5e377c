"""Completes S3."""

from invocations.process import PROCESS
from moto.iam.access_control import IAMPolicyStatement, PermissionResult
from moto.s3.models import FakeDeleteMarker, S3Backend


def treat_requests_as_encrypted():
    """moto applies a Deny statement even if its condition is false, so that a TLS-only policy denies everything. The
    emulator stands for AWS's HTTPS endpoints, to which such a statement never applies."""
    is_action_permitted = IAMPolicyStatement.is_action_permitted

    def is_action_permitted_over_tls(self, *args, **kwargs):
        condition = self._statement.get("Condition", {}).get("Bool", {})
        if condition.get("aws:SecureTransport") == "false":
            return PermissionResult.NEUTRAL
        return is_action_permitted(self, *args, **kwargs)

    IAMPolicyStatement.is_action_permitted = is_action_permitted_over_tls


def let_delete_markers_be_deleted():
    """moto fails to delete a delete marker. A versioned bucket could never be emptied."""
    FakeDeleteMarker.dispose = lambda self, garbage=False: None


def tell_writes():
    """The process that runs functions follows Terraform's state, which others may write."""
    put = S3Backend.put_object

    def put_object(self, bucket_name, key_name, *args, **kwargs):
        key = put(self, bucket_name, key_name, *args, **kwargs)
        PROCESS.tell_write(bucket_name, key_name)
        return key

    S3Backend.put_object = put_object
