"""Completes CloudWatch Logs."""

import base64
import gzip
import json
import sys

from invocations.delivery import deliver
from moto.awslambda.models import LambdaBackend
from moto.logs.models import LogStream
from moto.logs.utils import EventMessageFilter


def deliver_as_subscribed():
    """moto ignores the pattern of a subscription filter. A subscription that fails makes PutLogEvents fail."""
    send = LogStream._send_log_events

    def send_matching(self, service, destination_arn, filter_name, log_events):
        pattern = EventMessageFilter(self.log_group.subscription_filters[filter_name].filter_pattern)
        matching = [{**event, "id": f"{event['id']:056d}"} for event in log_events if pattern.matches(event["message"])]
        try:
            if matching:
                send(self, service, destination_arn, filter_name, matching)
        except Exception as error:
            print(f"{destination_arn} did not get events of {self.log_group.name}: {error!r}", file=sys.stderr)

    def send_to_function(self, function_arn, filter_name, log_group_name, log_stream_name, log_events):
        data = {
            "messageType": "DATA_MESSAGE",
            "owner": self.account_id,
            "logGroup": log_group_name,
            "logStream": log_stream_name,
            "subscriptionFilters": [filter_name],
            "logEvents": log_events,
        }
        event = {"awslogs": {"data": base64.b64encode(gzip.compress(json.dumps(data).encode())).decode()}}
        partition = function_arn.split(":")[1]
        group = f"arn:{partition}:logs:{self.region_name}:{self.account_id}:log-group:{log_group_name}:*"
        deliver(function_arn, event, "logs.amazonaws.com", group)

    LogStream._send_log_events = send_matching
    LambdaBackend.send_log_event = send_to_function
