"""Fires schedules. The process that runs the functions fires those of their targets that are functions by itself."""

from urllib.parse import parse_qs

from moto.events.models import events_backends
from moto.moto_api._internal import mock_random
from moto.scheduler.models import scheduler_backends
from patches.deliveries.rules import iso_time, send, send_text
from request_check import json_response

PATH = "/_emulator/schedule"


class Schedules:
    """A WSGI application that passes on all requests but those for its path. It expects one request at a time.

    A PUT of /_emulator/schedule?arn=ARN&time=SECONDS sends the event of a rule, or of a schedule of EventBridge
    Scheduler, to its targets that are no functions. Returns {"sent": [ARN], "failed": {ARN: REASON}}.
    """

    def __init__(self, application):
        self._application = application

    def __call__(self, environ, start_response):
        if environ["PATH_INFO"] != PATH:
            return self._application(environ, start_response)
        parameters = parse_qs(environ["QUERY_STRING"])
        return json_response(_fire(parameters["arn"][0], parameters["time"][0]))(environ, start_response)


def _fire(arn, time):
    _, _, service, region, account, resource = arn.split(":", 5)
    _, *group, name = resource.split("/")
    event = {"version": "0", "id": str(mock_random.uuid4()), "detail-type": "Scheduled Event", "source": "aws.events"}
    event |= {"account": account, "time": iso_time(float(time)), "region": region, "resources": [arn], "detail": {}}
    if service == "events":
        rule = events_backends[account][region].describe_rule(name, "/".join(group) or "default")
        return _send_all(rule.targets, lambda target: send(rule, target, event))
    schedule = scheduler_backends[account][region].get_schedule("/".join(group), name)
    return _send_all([schedule.target], lambda target: _send_scheduled(target, event))


def _send_scheduled(target, event):
    """EventBridge Scheduler sends a target's input as it is: https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-templated.html"""
    text = target.get("Input") or "{}"
    bus = target.get("EventBridgeParameters")
    if not bus:
        return send_text(target, text, event)
    entry = {"Source": bus["Source"], "DetailType": bus["DetailType"], "Detail": text, "EventBusName": target["Arn"]}
    (answer,) = events_backends[event["account"]][event["region"]].put_events([entry])
    if "ErrorCode" in answer:
        raise ValueError(answer["ErrorMessage"])
    return True


def _send_all(targets, send_to):
    sent, failed = [], {}
    for target in targets:
        arn = target["Arn"]
        if arn.split(":")[2] == "lambda":
            continue
        try:
            if send_to(target):
                sent.append(arn)
            else:
                failed[arn] = "targets of this kind get no events here"
        except Exception as error:
            failed[arn] = str(error)
    return {"sent": sent, "failed": failed}
