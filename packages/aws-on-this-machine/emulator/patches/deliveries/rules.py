"""Completes EventBridge's rules."""

import base64
import copy
import json
import re
import sys
import time
from datetime import datetime, timezone

from invocations.delivery import deliver
from jsonpath_ng.ext import parse
from moto.events import notifications
from moto.events.models import Rule, events_backends
from moto.firehose.models import firehose_backends
from moto.kinesis.models import kinesis_backends
from moto.moto_api._internal import mock_random
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends
from moto.stepfunctions.responses import get_backend as step_functions_of
from moto.utilities.arns import parse_arn

_SERVICE = "events.amazonaws.com"

# In AWS's order: https://docs.aws.amazon.com/eventbridge/latest/ref/events-structure.html
_MEMBERS = ("version", "id", "detail-type", "source", "account", "time", "region", "replay-name", "resources", "detail")

# A text of an input template, or a variable outside of texts.
_TEXT_OR_VARIABLE = re.compile(r'"(?:[^"\\]|\\.)*"|<[^<>]+>')
_VARIABLE = re.compile(r"<([^<>]+)>")


def send_to_all_targets():
    """moto refuses events for functions, topics, streams and state machines, and ignores a target's input. It sends all
    events to disabled rules and to rules without a pattern."""
    send_otherwise = Rule.send_to_targets

    def send_to_targets(self, event, transform_input=True):
        pattern = self.event_pattern
        if self.state == "DISABLED" or not pattern.get_pattern() or not pattern.matches_event(event):
            return
        for target in list(self.targets):
            try:
                if not send(self, target, event):
                    alone = copy.copy(self)
                    alone.targets = [target]
                    send_otherwise(alone, event, transform_input)
            except Exception as error:
                print(f"{target['Arn']} did not get an event of {self.arn}: {error!r}", file=sys.stderr)

    Rule.send_to_targets = send_to_targets
    notifications._send_safe_notification = _send_call


def _send_call(source, event_name, region, _resources, detail):
    """Tells the rules of a call as CloudTrail does. moto does so for CreateBucket, with another type of event."""
    now = time.time()
    for account, backends in list(events_backends.items()):
        call = {
            "eventTime": iso_time(now),
            "eventSource": f"{source.replace('aws.', '', 1)}.amazonaws.com",
            "eventName": event_name,
            "awsRegion": region,
            "sourceIPAddress": "127.0.0.1",
            "requestParameters": {"bucketName": detail["bucket"]["name"]},
            "responseElements": None,
            "eventType": "AwsApiCall",
            "recipientAccountId": account,
        }
        kind = {"detail-type": "AWS API Call via CloudTrail", "source": source}
        event = {"version": "0", "id": str(mock_random.uuid4()), **kind, "account": account, "time": now}
        event.update({"region": region, "resources": [], "detail": call})
        for rule in list(backends[region].event_buses["default"].rules.values()):
            rule.send_to_targets(event)


def send(rule, target, event):
    """Returns whether this knows the kind of target."""
    content = _input(rule, target, event)
    if parse_arn(target["Arn"]).service == "lambda":
        deliver(target["Arn"], content, _SERVICE, rule.arn)
        return True
    text = content if isinstance(content, str) and "InputTransformer" in target else json.dumps(content)
    return send_text(target, text, event)


def send_text(target, text, event):
    """Sends a text to a target other than a function. Returns whether this knows the kind of target."""
    arn = parse_arn(target["Arn"])
    encoded = base64.b64encode(text.encode()).decode()
    if arn.service == "sqs":
        group_id = target.get("SqsParameters", {}).get("MessageGroupId")
        sqs_backends[arn.account][arn.region].send_message(arn.resource_id, text, group_id=group_id)
    elif arn.service == "sns":
        sns_backends[arn.account][arn.region].publish(text, arn=target["Arn"])
    elif arn.service == "states":
        step_functions_of(arn.account, arn.region).start_execution(target["Arn"], str(mock_random.uuid4()), text)
    elif arn.service == "kinesis":
        keys = target.get("KinesisParameters", {})
        # EventBridge Scheduler has a key in place of its path.
        key = keys.get("PartitionKey") or str(_find(keys.get("PartitionKeyPath", "$.id"), _described(event)))
        kinesis_backends[arn.account][arn.region].put_record(target["Arn"], arn.resource_id, key, None, encoded)
    elif arn.service == "firehose":
        firehose_backends[arn.account][arn.region].put_record(arn.resource_id, {"Data": text.encode()})
    else:
        return False
    return True


def _input(rule, target, event):
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html"""
    described = _described(event)
    if target.get("Input"):
        return json.loads(target["Input"])
    if target.get("InputPath"):
        return _find(target["InputPath"], described)
    transformer = target.get("InputTransformer")
    if not transformer:
        return described
    values = {
        "aws.events.rule-arn": rule.arn,
        "aws.events.rule-name": rule.name,
        "aws.events.event.ingestion-time": iso_time(event.get("ingestion-time", event["time"])),
        "aws.events.event": {name: value for name, value in described.items() if name != "detail"},
        "aws.events.event.json": described,
    }
    values.update((name, _find(path, described)) for name, path in transformer.get("InputPathsMap", {}).items())
    text = _fill(transformer["InputTemplate"], values)
    try:
        return json.loads(text)
    except ValueError:
        return text


def _fill(template, values):
    def as_text(found):
        value = values.get(found[1], "")
        return json.dumps(value if isinstance(value, str) else json.dumps(value))[1:-1]

    def fill(found):
        token = found[0]
        return _VARIABLE.sub(as_text, token) if token[0] == '"' else json.dumps(values.get(token[1:-1]))

    return _TEXT_OR_VARIABLE.sub(fill, template)


def _described(event):
    known = {name: event[name] for name in _MEMBERS if name in event}
    return {**known, "time": iso_time(event["time"])}


def _find(path, event):
    found = parse(path).find(event)
    return found[0].value if found else None


def iso_time(value):
    if isinstance(value, str):
        return value
    return f"{datetime.fromtimestamp(float(value), timezone.utc):%Y-%m-%dT%H:%M:%SZ}"
