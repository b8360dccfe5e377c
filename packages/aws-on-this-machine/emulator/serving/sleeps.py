"""Lets the visibility timeouts of received messages pass only while the machine is awake.

Otherwise, a queue would give out a message again, or take it for dead, whose batch has slept with the machine.
"""

import time
from threading import Thread

from moto.sqs.models import sqs_backends
from serving.one_at_a_time import turn

_BEAT_SECONDS = 1

# A longer time without a beat is a sleep.
_AWAKE_SECONDS = 5


class Sleeps:
    """A WSGI application that passes on all requests. It expects one at a time."""

    def __init__(self, application):
        self._application = application
        self._last = time.time()
        Thread(target=self._beat, daemon=True).start()

    def __call__(self, environ, start_response):
        self._look()
        return self._application(environ, start_response)

    def _beat(self):
        while True:
            time.sleep(_BEAT_SECONDS)
            with turn():
                self._look()

    def _look(self):
        last, self._last = self._last, time.time()
        asleep = self._last - last
        if asleep > _AWAKE_SECONDS:
            _postpone(last * 1000, asleep * 1000)


def _postpone(since, milliseconds):
    """Hides the messages that were hidden at a time for so much longer."""
    queues = [queue for regions in sqs_backends.values() for sqs in regions.values() for queue in sqs.queues.values()]
    for message in (message for queue in queues for message in queue._messages):
        if message.visible_at > since:
            message.visible_at += milliseconds
