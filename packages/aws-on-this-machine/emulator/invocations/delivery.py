"""Events that AWS's services deliver to functions.

A delivery neither fails nor delays the request that caused it: a thread sends the events, in their order.
"""

import json
import sys
from queue import SimpleQueue
from threading import Thread

from moto.awslambda.models import lambda_backends
from moto.utilities.arns import parse_arn

from .invoke import send
from .process import PROCESS
from .target import find_target_of_arn

_events = SimpleQueue()


def deliver(function_arn, event, service, source=""):
    """Invokes a function asynchronously for a service, such as "sns.amazonaws.com". The source is an ARN."""
    try:
        payload = json.dumps(event)
        if PROCESS.is_registered:
            _events.put((find_target_of_arn(function_arn), "Event", payload, service, source))
        else:
            arn = parse_arn(function_arn)
            lambda_backends[arn.account][arn.region].get_function(function_arn).invoke(payload, {}, {})
    except Exception as error:
        _tell(function_arn, service, repr(error))


def start_deliveries():
    """Sends events until this process ends."""
    Thread(target=_send_all, daemon=True).start()


def _send_all():
    while True:
        target, *event, service, source = _events.get()
        try:
            status, _, body = send(target, *event, service, source)
            if status >= 300:
                _tell(target.arn, service, f"{status} {body[:200].decode('utf-8', 'replace')}")
        except Exception as error:
            _tell(target.arn, service, repr(error))


def _tell(function_arn, service, reason):
    print(f"{function_arn} did not get an event of {service}: {reason}", file=sys.stderr)
