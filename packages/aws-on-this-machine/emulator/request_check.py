"""Refuses the requests that AWS would refuse by its own service models, and lists them."""

import io
import json
import sys
from collections import Counter, deque
from threading import Lock

from constraints import find_violations, unchecked_patterns
from error_responses import refuse, refuse_body, refuse_by_rule
from parameters import UnreadableBodyError, read_parameters
from rules import RULES
from service_models import find_call, service_of
from werkzeug.wrappers import Request, Response

# No bucket can have this name.
PATH = "/_emulator/violations"

# The Call in a request's environ, for the applications behind this one.
CALL = "emulator.call"

# Its parameters, unless they cannot be read.
PARAMETERS = "emulator.parameters"

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
            return self._report(environ["REQUEST_METHOD"])(environ, start_response)
        request = Request(environ, populate_request=False)
        # Reads the whole body first, so that other requests do not wait for a slow client.
        environ["wsgi.input"] = io.BytesIO(request.get_data())
        refusal = None if path.startswith(NOT_AWS) else self._check(environ, request)
        return (self._application if refusal is None else refusal)(environ, start_response)

    def _check(self, environ, request):
        """Returns AWS's refusal of a request; None if AWS would accept it."""
        service = service_of(request)
        described = f"{service} {request.method} {environ['RAW_URI']}"
        try:
            call = find_call(service, request)
            refusal = call and _refusal(call, request)
        except Exception as error:
            # A fault of the check must not break a request. Tests find the fault here.
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

    def _report(self, method):
        with self._lock:
            report = {
                "checked": dict(self._checked),
                "violations": list(self._violations),
                "unidentified": list(self._unidentified),
                "uncheckedPatterns": sorted(unchecked_patterns),
            }
            if method == "DELETE":
                self._forget()
        return json_response(report)


def json_response(value, status=200):
    """The answer to a request to the emulator itself, as a WSGI application."""
    return Response(json.dumps(value), status, content_type="application/json")


def _refusal(call, request):
    try:
        parameters = request.environ[PARAMETERS] = read_parameters(call, request)
    except UnreadableBodyError:
        return refuse_body(call)
    shape = call.operation.input_shape
    violations = find_violations(parameters, shape) if shape else []
    if violations:
        return refuse(call, violations)
    rule = RULES.get((call.operation.service_model.service_name, call.operation.name))
    mistake = rule(parameters) if rule else None
    return refuse_by_rule(call, mistake) if mistake else None
