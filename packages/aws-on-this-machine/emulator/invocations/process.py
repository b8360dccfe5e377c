"""The process on this machine that runs functions. It registers itself at /_emulator/functions.

A PUT of {"url": "http://127.0.0.1:PORT/SECRET"} registers it, and a DELETE forgets it. With "watched": "BUCKET/KEY",
the process learns of each write of that S3 object.
"""

import json
from contextlib import suppress
from http.client import HTTPConnection
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit

from own_origin import NAMES
from request_check import json_response
from serving.one_at_a_time import let_others_run_during
from werkzeug.wrappers import Request

PATH = "/_emulator/functions"

# A process that does not answer must not hold up the change of an alias, or the write of an object.
_CHANGE_SECONDS = 10


class Answer(NamedTuple):
    """The process's answer. Header names are in lower case."""

    status: int
    headers: dict
    body: bytes


class FunctionProcess:
    """The registered process, if there is one."""

    def __init__(self):
        self._url = None
        self._watched = None
        # Once a process has served the event sources, their messages wait for the next one.
        self.serves_event_sources = False

    @property
    def is_registered(self):
        return self._url is not None

    def register(self, url, watched):
        self._url = urlsplit(url)
        self._watched = watched
        self.serves_event_sources = True

    def forget(self):
        self._url = None

    @let_others_run_during
    def post(self, query, payload, headers, timeout=None) -> Answer:
        """Waits for the answer, by default however long a function runs. Raises OSError if the process has ended."""
        url = self._url
        if url is None:
            raise ConnectionError("no process runs functions")
        connection = HTTPConnection(url.hostname, url.port, timeout=timeout)
        try:
            connection.request("POST", f"{url.path}?{urlencode(query)}", payload, headers)
            response = connection.getresponse()
            named = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, named, response.read())
        finally:
            connection.close()

    def tell_change(self, function_arn):
        """Tells the process that an alias of a function has changed, and waits until it follows."""
        self._tell({"arn": function_arn, "type": "AliasChange"})

    def tell_write(self, bucket, key):
        """Tells the process that an S3 object has been written, if it watches that one."""
        if self._watched == f"{bucket}/{key}":
            self._tell({"type": "ObjectWrite"})

    def _tell(self, query):
        if not self.is_registered:
            return
        # A process that has ended follows no change.
        with suppress(OSError):
            self.post(query, "{}", {}, _CHANGE_SECONDS)


PROCESS = FunctionProcess()


def serve_registration(application):
    """A WSGI application that answers requests to /_emulator/functions, and passes on all others."""

    def serve(environ, start_response):
        if environ["PATH_INFO"] != PATH:
            return application(environ, start_response)
        return _change_registration(Request(environ))(environ, start_response)

    return serve


def _change_registration(request):
    if request.method == "DELETE":
        PROCESS.forget()
        return json_response({})
    if request.method != "PUT":
        return json_response({"message": "Use PUT or DELETE."}, 405)
    try:
        registration = json.loads(request.get_data())
        url, watched = registration["url"], registration.get("watched")
        parts = urlsplit(url)
        is_own = parts.scheme == "http" and parts.hostname in [name.strip("[]") for name in NAMES] and parts.port
    except (ValueError, KeyError, TypeError, AttributeError):
        is_own = False
    if not is_own:
        return json_response({"message": 'Expected {"url": "http://127.0.0.1:PORT/..."}.'}, 400)
    PROCESS.register(url, watched)
    return json_response({})
