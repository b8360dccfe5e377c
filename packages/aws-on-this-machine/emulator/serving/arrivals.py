"""Lets a poller wait for messages or records, and keeps how far it has read a stream.

The wait takes nothing out of a queue. Unlike a long poll, it loses no message when its client ends it.
"""

import json
import time
from collections import defaultdict
from functools import wraps
from threading import Condition
from urllib.parse import parse_qs

from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.table import StreamShard
from moto.kinesis.models import Stream, kinesis_backends
from moto.sqs.models import Queue, SQSBackend, sqs_backends
from request_check import json_response
from serving.one_at_a_time import let_others_run_during

ARRIVALS, CHECKPOINTS = "/_emulator/arrivals", "/_emulator/checkpoints"

_MAX_WAIT_SECONDS = 60


class Arrivals:
    """A WSGI application that passes on all requests but those for the two paths. It expects one request at a time.

    GET /_emulator/arrivals?source=ARN&seen=POSITION returns {"position": "..."} as soon as the queue has a message to
    receive or, for streams, as soon as the position is not the seen one. After a minute, it returns the position
    anyway. GET /_emulator/checkpoints?mapping=UUID returns the JSON object that a PUT to the same address has stored.
    """

    def __init__(self, application):
        self._application = application
        self._checkpoints = defaultdict(dict)

    def __call__(self, environ, start_response):
        parameters = {name: values[0] for name, values in parse_qs(environ.get("QUERY_STRING", "")).items()}
        if environ["PATH_INFO"] == ARRIVALS:
            answer = _answer(parameters["source"], parameters.get("seen"))
        elif environ["PATH_INFO"] == CHECKPOINTS:
            if environ["REQUEST_METHOD"] == "PUT":
                self._checkpoints[parameters["mapping"]] = json.loads(environ["wsgi.input"].read())
            answer = json_response(self._checkpoints.get(parameters["mapping"], {}))
        else:
            return self._application(environ, start_response)
        return answer(environ, start_response)


def _answer(arn, seen):
    try:
        return json_response({"position": _wait(arn, seen)})
    except (LookupError, AttributeError):
        return json_response({"message": f"There is no queue or stream {arn}."}, 404)


def _wait(arn, seen):
    end = time.time() + _MAX_WAIT_SECONDS
    while True:
        change = _changes[arn]
        count = change.count
        position, due = _position(arn)
        left = min(end, due) - time.time()
        if position not in ("", seen) or end <= time.time():
            return position
        change.wait(count, max(left, 0.001))


def _position(arn):
    """How far the source has come, empty if it has nothing to read, and the time at which that changes by itself."""
    _, _, service, region, account, resource = arn.split(":", 5)
    if service == "sqs":
        return _queue_position(sqs_backends[account][region].queues[resource])
    if service == "dynamodb":
        table = dynamodb_backends[account][region].tables[resource.split("/")[1]]
        shard = table.stream_shard
        return str(shard.starting_sequence_number + len(shard.items)), float("inf")
    shards = kinesis_backends[account][region].streams[resource.split("/")[1]].shards.values()
    return " ".join(str(shard.get_max_sequence_number()) for shard in shards), float("inf")


def _queue_position(queue):
    busy = queue.pending_message_groups if queue.fifo_queue else ()
    due, now = float("inf"), time.time()
    for message in queue._messages:
        available = max(message.visible_at, message.delayed_until) / 1000
        if available > now:
            due = min(due, available)
        elif message.group_id not in busy:
            return "ready", due
    return "", due


class _Changes:
    def __init__(self):
        self.count = 0
        self._condition = Condition()

    def announce(self):
        with self._condition:
            self.count += 1
            self._condition.notify_all()

    @let_others_run_during
    def wait(self, count, seconds):
        with self._condition:
            self._condition.wait_for(lambda: self.count != count, seconds)


# By the source's ARN.
_changes = defaultdict(_Changes)


def announce_arrivals():
    """Patches moto, so that whatever may end a wait is noticed at once."""
    _after(Queue, "add_message", lambda queue, *_: queue.queue_arn)
    _after(Queue, "delete_message", lambda queue, *_: queue.queue_arn)
    _after(SQSBackend, "change_message_visibility", lambda sqs, name, *_: sqs.queues[name].queue_arn)
    _after(StreamShard, "add", lambda shard, *_: f"{shard.table.table_arn}/stream/{shard.table.latest_stream_label}")
    _after(Stream, "put_record", lambda stream, *_: stream.arn)


def _after(model, method, arn_of):
    original = getattr(model, method)

    @wraps(original)
    def announced(self, *args, **kwargs):
        result = original(self, *args, **kwargs)
        _changes[arn_of(self, *args, *kwargs.values())].announce()
        return result

    setattr(model, method, announced)
