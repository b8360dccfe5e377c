"""Records requests that change something. An emulator that repeats them gets into the same state."""

import io
import json
from base64 import b64decode, b64encode

from moto.moto_api._internal import mock_random
from request_check import CALL, NOT_AWS, json_response
from werkzeug.test import run_wsgi_app

PATH = "/_emulator/recording"

# The beginnings of AWS's names for operations that only read.
_READS = ("BatchGet", "Describe", "Get", "Head", "List", "Lookup", "Query", "Scan")

# The parts of a request that moto reads, without the server's address and the objects of a connection.
_KEPT = ("CONTENT_LENGTH", "CONTENT_TYPE", "PATH_INFO", "QUERY_STRING", "RAW_URI", "REQUEST_METHOD", "REQUEST_URI")


class Recording:
    """A WSGI application that passes requests on to another one. Its /_emulator/recording takes three methods.

    It expects one request at a time. A POST starts the recording. A GET ends it, and returns the recorded requests as
    JSON. A PUT of such JSON repeats the requests. It returns 409 at the first request whose status differs from the
    recorded one. The emulator is then unusable.
    """

    def __init__(self, application):
        self._application = application
        self._requests = None

    def __call__(self, environ, start_response):
        if environ["PATH_INFO"] == PATH:
            return self._control(environ)(environ, start_response)
        call = environ.get(CALL)
        is_read = call is not None and call.operation.name.startswith(_READS)
        if self._requests is None or is_read or environ["PATH_INFO"].startswith(NOT_AWS):
            return self._application(environ, start_response)
        return self._record(environ, start_response)

    def _control(self, environ):
        if environ["REQUEST_METHOD"] == "POST":
            self._requests = []
            return json_response({})
        if environ["REQUEST_METHOD"] == "PUT":
            requests = json.loads(environ["wsgi.input"].read())
            difference = self._repeat(requests, environ)
            return json_response({"message": difference}, 409) if difference else json_response({})
        recorded, self._requests = self._requests or [], None
        mock_random.seed()
        return json_response(recorded)

    def _record(self, environ, start_response):
        requests, body = self._requests, environ["wsgi.input"].getvalue()
        request = {name: value for name, value in environ.items() if name in _KEPT or name.startswith("HTTP_")}

        def record(status, *others):
            requests.append({"environ": request, "body": b64encode(body).decode(), "status": status})
            return start_response(status, *others)

        # The seed is the request's place. So reads in between do not change the ids that moto invents.
        mock_random.seed(len(requests))
        return self._application(environ, record)

    def _repeat(self, requests, own):
        """Describes the first request with another status; None if there is none."""
        for place, request in enumerate(requests):
            environ = {
                **{name: value for name, value in own.items() if name.startswith(("SERVER_", "wsgi."))},
                **request["environ"],
                "HTTP_HOST": own["HTTP_HOST"],
                "SCRIPT_NAME": "",
                "wsgi.input": io.BytesIO(b64decode(request["body"])),
                "wsgi.input_terminated": True,
            }
            mock_random.seed(place)
            _, status, _ = run_wsgi_app(self._application, environ)
            if status != request["status"]:
                call = f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']} {environ.get('HTTP_X_AMZ_TARGET', '')}"
                return f"{call.strip()} is answered {status}, not {request['status']}"
        mock_random.seed()
        return None
