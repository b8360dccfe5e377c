"""Shows the messages of a queue without receiving them.

A receipt would count towards the queue's redrive policy, and hide the message from the queue's own consumers.
"""

import time
from itertools import islice
from urllib.parse import parse_qs

from moto.sqs.models import sqs_backends
from request_check import json_response

PATH = "/_emulator/messages"


class Messages:
    """A WSGI application that passes on all requests but those for its path. It expects one request at a time.

    GET /_emulator/messages?queue=ARN&limit=100 returns the messages that are not hidden, the oldest first, as
    ReceiveMessage would. Without parameters, it returns the numbers of these messages of all queues, by their ARNs.
    """

    def __init__(self, application):
        self._application = application

    def __call__(self, environ, start_response):
        if environ["PATH_INFO"] != PATH:
            return self._application(environ, start_response)
        parameters = {name: values[0] for name, values in parse_qs(environ.get("QUERY_STRING", "")).items()}
        answer = _answer(parameters["queue"], int(parameters["limit"])) if parameters else json_response(_count())
        return answer(environ, start_response)


def _count():
    backends = [backend for regions in sqs_backends.values() for backend in regions.values()]
    return {queue.queue_arn: len(queue.messages) for backend in backends for queue in backend.queues.values()}


def _answer(arn, limit):
    _, _, _, region, account, name = arn.split(":", 5)
    queue = sqs_backends[account][region].queues.get(name)
    if queue is None:
        return json_response({"message": f"There is no queue {arn}."}, 404)
    oldest = (time.time() - queue.message_retention_period) * 1000
    shown = (each for each in queue.messages if each.sent_timestamp > oldest)
    return json_response([_describe(message) for message in islice(shown, limit)])


def _describe(message):
    attributes = message.message_attributes.items()
    texts = {name: value["StringValue"] for name, value in attributes if value.get("StringValue")}
    return {
        "MessageId": message.id,
        "Body": message.body,
        "Attributes": {"SentTimestamp": str(message.sent_timestamp)},
        "MessageAttributes": {name: {"DataType": "String", "StringValue": text} for name, text in texts.items()},
    }
