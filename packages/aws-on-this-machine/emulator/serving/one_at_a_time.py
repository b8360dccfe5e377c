"""Lets moto handle one request at a time.

moto's models iterate over dictionaries that other threads would change meanwhile, and call the models of other
services. So all services share one lock. It costs no speed: Python runs one thread at a time anyway. Threads that moto
itself starts, such as those of Step Functions, do not take turns.
"""

import time
from contextlib import contextmanager
from functools import wraps
from threading import Lock, get_ident

from moto.sqs.models import Queue
from requests import Session
from werkzeug.test import run_wsgi_app

_lock = Lock()
_owner = None


class OneAtATime:
    """A WSGI application that passes on one request at a time, each with its whole body."""

    def __init__(self, application):
        self._application = application

    def __call__(self, environ, start_response):
        with turn():
            # Buffered, because moto may read its models only when it makes the body of the answer.
            body, status, headers = run_wsgi_app(self._application, environ, buffered=True)
        start_response(status, list(headers))
        return body


@contextmanager
def turn():
    """Keeps others out, for threads of the emulator that use moto's models."""
    global _owner
    with _lock:
        _owner = get_ident()
        try:
            yield
        finally:
            _owner = None


def let_others_run_during(wait):
    """Wraps a function that waits, so that meanwhile another request has its turn."""

    @wraps(wait)
    def wait_without_turn(*args, **kwargs):
        global _owner
        if _owner != get_ident():
            return wait(*args, **kwargs)
        _owner = None
        _lock.release()
        try:
            return wait(*args, **kwargs)
        finally:
            _lock.acquire()
            _owner = get_ident()

    return wait_without_turn


def release_turn_while_waiting():
    """Otherwise, a long poll would keep out the message that it waits for, and a topic's HTTP subscriber that uses the
    emulator would wait for the topic."""
    Queue.wait_for_messages = let_others_run_during(Queue.wait_for_messages)
    Session.send = let_others_run_during(Session.send)
    time.sleep = let_others_run_during(time.sleep)
