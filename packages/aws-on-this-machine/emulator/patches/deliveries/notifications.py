"""Completes S3's event notifications."""

import time
from datetime import datetime, timezone
from urllib.parse import quote_plus

from invocations.delivery import deliver
from moto.events.models import events_backends
from moto.moto_api._internal import mock_random
from moto.s3 import notifications
from moto.s3.models import FakeDeleteMarker, S3Backend

_MARKER_CREATED = notifications.S3NotificationEvent.OBJECT_REMOVED_DELETE_MARKER_CREATED_EVENT

# EventBridge's names: https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
_REASONS = {"Put": "PutObject", "Post": "POST Object", "Copy": "CopyObject"}
_DELETIONS = {"Delete": "Permanently Deleted", "DeleteMarkerCreated": "Delete Marker Created"}


def send_events_of_aws():
    """moto's events lack members, have local times and encode a key's slashes. moto sends none for a delete marker, and
    one for the tags of an object without tags."""
    set_delete_marker, put_tags = S3Backend._set_delete_marker, S3Backend.put_object_tagging

    def set_marker_and_tell(self, bucket_name, key_name):
        marker = set_delete_marker(self, bucket_name, key_name)
        notifications.send_event(self.account_id, _MARKER_CREATED, self.get_bucket(bucket_name), marker)
        return marker

    def put_object_tagging(self, key, tags):
        if tags:
            return put_tags(self, key, tags)
        self.tagger.delete_all_tags_for_resource(key.arn)
        return key

    def invoke_function(account_id, event, arn, region):
        deliver(arn, event, "s3.amazonaws.com", event["Records"][0]["s3"]["bucket"]["arn"])

    S3Backend._set_delete_marker, S3Backend.put_object_tagging = set_marker_and_tell, put_object_tagging
    notifications._get_s3_event = _event
    notifications._invoke_awslambda = invoke_function
    notifications._send_event_bridge_message = _send_to_event_bridge


def _event(event_name, bucket, key, notification_id):
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html"""
    record = {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": bucket.region_name,
        "eventTime": f"{datetime.now(timezone.utc):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z",
        "eventName": event_name[len("s3:") :],
        "userIdentity": {"principalId": f"AWS:{bucket.account_id}"},
        "requestParameters": {"sourceIPAddress": "127.0.0.1"},
        "responseElements": _request_ids(),
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": notification_id,
            "bucket": {
                "name": bucket.name,
                "ownerIdentity": {"principalId": bucket.account_id},
                "arn": bucket.arn,
            },
            "object": {"key": quote_plus(key.name, safe="/*"), **_object(event_name, bucket, key, "versionId")},
        },
    }
    return {"Records": [record]}


def _send_to_event_bridge(account_id, bucket, event_name, key):
    _, kind, action = f"{event_name.value}:".split(":")[:3]
    detail = {
        "version": "0",
        "bucket": {"name": bucket.name},
        "object": {"key": key.name, **_object(event_name, bucket, key, "version-id")},
        "request-id": _request_ids()["x-amz-request-id"],
        "requester": account_id,
        "source-ip-address": "127.0.0.1",
    }
    if kind == "ObjectCreated":
        detail["reason"] = _REASONS.get(action, action)
    elif kind == "ObjectRemoved":
        detail.update({"reason": "DeleteObject", "deletion-type": _DELETIONS[action]})
    event = {
        "version": "0",
        "id": str(mock_random.uuid4()),
        "detail-type": notifications._detail_type(event_name),
        "source": "aws.s3",
        "account": account_id,
        "time": time.time(),
        "region": bucket.region_name,
        "resources": [bucket.arn],
        "detail": detail,
    }
    event["ingestion-time"] = event["time"]
    for rule in list(events_backends[account_id][bucket.region_name].event_buses["default"].rules.values()):
        rule.send_to_targets(event)


def _object(event_name, bucket, key, version_name):
    """The members of an object beside its key. A removed object has no size, and only a delete marker an ETag."""
    described = {}
    if isinstance(key, FakeDeleteMarker):
        described["eTag"] = "d41d8cd98f00b204e9800998ecf8427e"
    elif "ObjectRemoved" not in event_name:
        described = {"size": key.size, "eTag": key.etag.strip('"')}
    if bucket.is_versioned:
        described[version_name] = key.version_id
    return {**described, "sequencer": f"{time.time_ns():016X}"}


def _request_ids():
    return {
        "x-amz-request-id": mock_random.get_random_hex(16).upper(),
        "x-amz-id-2": mock_random.get_random_hex(64),
    }
