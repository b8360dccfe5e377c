"""Completes S3."""

from moto.iam.access_control import IAMPolicyStatement, PermissionResult
from moto.s3.models import FakeDeleteMarker


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
