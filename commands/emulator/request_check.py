"""Refuses the requests that AWS would refuse by its own service models, and lists them."""

import io
import json
import sys
from collections import Counter, deque
from threading import Lock

from constraints import find_violations, unchecked_patterns
from parameters import UnreadableBodyError, read_parameters
from refusal import refuse, refuse_body, refuse_by_rule
from rules import RULES
from service_models import find_call, service_of
from werkzeug.wrappers import Request

# No bucket can have this name.
PATH = "/_emulator/violations"

# The Call in a request's environ, for the applications behind this one.
CALL = "emulator.call"

# The paths of moto and of the emulator that AWS does not have.
NOT_AWS = ("/moto-api", "/favicon.ico", "/latest/", "/_emulator/")

_KEPT = 1000


class RequestCheck:
    """A WSGI application that passes on requests that AWS would accept, or that it cannot identify.

    A GET of /_emulator/violations returns the checked, the refused and the unidentified requests. A DELETE returns
    them, and forgets them.
    """

    def __init__(self, application):
        self._application = application
        self._lock = Lock()
        self._forget()

    def __call__(self, environ, start_response):
        path = environ["PATH_INFO"]
        if path == PATH:
            return self._report(environ["REQUEST_METHOD"], start_response)
        request = Request(environ, populate_request=False)
        # Reads the whole body first, so that other requests do not wait for a slow client.
        environ["wsgi.input"] = io.BytesIO(request.get_data())
        refusal = None if path.startswith(NOT_AWS) else self._check(environ, request)
        if refusal is None:
            return self._application(environ, start_response)
        body = b"" if environ["REQUEST_METHOD"] == "HEAD" else refusal.body
        start_response(refusal.status, [*refusal.headers, ("Content-Length", str(len(body)))])
        return [body]

    def _check(self, environ, request):
        """Returns AWS's refusal of a request; None if AWS would accept it."""
        service = service_of(request)
        described = f"{service} {request.method} {environ['RAW_URI']}"
        try:
            call = find_call(service, request)
            refusal = call and _refusal(call, request)
        except Exception as error:
            # A mistake of the check breaks no request. Tests find it here.
            call, refusal, described = None, None, f"{described}: {error!r}"
        if call is None:
            self._note(self._unidentified, described, f"Not checked: {described}")
            return None
        environ[CALL] = call
        with self._lock:
            self._checked[str(call)] += 1
        if refusal:
            described = f"{call}: {refusal.message}"
            self._note(self._violations, described, f"AWS would refuse {described}")
        return refusal

    def _note(self, notes, text, line):
        with self._lock:
            notes.append(text)
        print(line.replace("\n", " "), file=sys.stderr)

    def _forget(self):
        self._checked = Counter()
        self._violations, self._unidentified = deque(maxlen=_KEPT), deque(maxlen=_KEPT)

    def _report(self, method, start_response):
        with self._lock:
            report = {
                "checked": dict(self._checked),
                "violations": list(self._violations),
                "unidentified": list(self._unidentified),
                "uncheckedPatterns": sorted(unchecked_patterns),
            }
            if method == "DELETE":
                self._forget()
        return answer_json(start_response, report)


def answer_json(start_response, value, status="200 OK"):
    """Answers a request to the emulator itself."""
    body = json.dumps(value).encode()
    start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


def _refusal(call, request):
    try:
        parameters = read_parameters(call, request)
    except UnreadableBodyError:
        return refuse_body(call)
    shape = call.operation.input_shape
    violations = find_violations(parameters, shape) if shape else []
    if violations:
        return refuse(call, violations)
    rule = RULES.get((call.operation.service_model.service_name, call.operation.name))
    mistake = rule(parameters) if rule else None
    return refuse_by_rule(call, mistake) if mistake else None
