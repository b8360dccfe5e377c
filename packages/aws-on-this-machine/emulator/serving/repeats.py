"""Answers a repeated request with the answer that got lost.

Under load, an SDK sometimes sees its connection end before the answer, and repeats the request. For a request that
creates or deletes something, or takes a lock, the second answer would be an error.
"""

from collections import OrderedDict
from threading import Lock

_KEPT = 200
_MAX_BYTES = 20_000


class Repeats:
    """A WSGI application that passes on each request only once. It tells a repeated request by the SDK's header."""

    def __init__(self, application):
        self._application = application
        self._lock = Lock()
        self._answers = OrderedDict()

    def __call__(self, environ, start_response):
        # The same in all attempts of a call: https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
        call = environ.get("HTTP_AMZ_SDK_INVOCATION_ID")
        if call is None or environ["REQUEST_METHOD"] in ("GET", "HEAD"):
            return self._application(environ, start_response)
        key = call, environ["PATH_INFO"], environ.get("HTTP_X_AMZ_TARGET")
        is_first = environ.get("HTTP_AMZ_SDK_REQUEST", "").startswith("attempt=1;")
        with self._lock:
            answer = None if is_first else self._answers.get(key)
        if answer is None:
            return self._pass_on(environ, start_response, key)
        status, headers, body = answer
        start_response(status, headers)
        return body

    def _pass_on(self, environ, start_response, key):
        answered = []

        def watch(status, headers):
            answered.append((status, headers))
            return start_response(status, headers)

        body = list(self._application(environ, watch))
        status, headers = answered[0]
        if status < "3" and sum(map(len, body)) <= _MAX_BYTES:
            with self._lock:
                self._answers[key] = status, headers, body
                while len(self._answers) > _KEPT:
                    self._answers.popitem(last=False)
        return body
