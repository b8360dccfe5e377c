"""Records Terraform's requests that change something. An emulator that repeats them gets into the same state."""

import io
import json
from base64 import b64decode, b64encode

from moto.moto_api._internal import mock_random
from request_check import CALL, NOT_AWS, json_response
from werkzeug.test import run_wsgi_app

PATH = "/_emulator/recording"

# The beginnings of AWS's names for operations that only read. The calls of an invoked function are recorded themselves.
_READS = ("BatchGet", "Describe", "Get", "Head", "Invoke", "List", "Lookup", "Query", "Scan")

# The AWS provider and Terraform's S3 backend name it in their User-Agent. The requests of running functions come
# between theirs. They belong to a run, and a new start has none of its data.
_RECORDED_AGENT = "Terraform/"

# npm start creates the zones that Terraform only reads. The recorded requests for records need them.
_RECORDED_OPERATION = "CreateHostedZone"

# The parts of a request that moto reads, without the server's address and the objects of a connection.
_KEPT = ("CONTENT_LENGTH", "CONTENT_TYPE", "PATH_INFO", "QUERY_STRING", "RAW_URI", "REQUEST_METHOD", "REQUEST_URI")


class Recording:
    """A WSGI application that passes requests on to another one. Its /_emulator/recording takes three methods.

    It expects one request at a time. A POST starts the recording. A GET returns the requests that were recorded so far,
    as JSON. A PUT of such JSON repeats the requests, and goes on with the recording after them. It returns 409 at the
    first request whose status differs from the recorded one. The emulator is then unusable.
    """

    def __init__(self, application):
        self._application = application
        self._requests = None
        self._is_seeded = False

    def __call__(self, environ, start_response):
        if environ["PATH_INFO"] == PATH:
            return self._control(environ)(environ, start_response)
        call = environ.get(CALL)
        operation = "" if call is None else call.operation.name
        is_of_terraform = _RECORDED_AGENT in environ.get("HTTP_USER_AGENT", "") and not operation.startswith(_READS)
        is_recorded = is_of_terraform or operation == _RECORDED_OPERATION
        if self._requests is not None and is_recorded and not environ["PATH_INFO"].startswith(NOT_AWS):
            return self._record(environ, start_response)
        self._forget_seed()
        return self._application(environ, start_response)

    def _control(self, environ):
        if environ["REQUEST_METHOD"] == "POST":
            self._requests = []
            return json_response({})
        if environ["REQUEST_METHOD"] == "PUT":
            requests = json.loads(environ["wsgi.input"].read())
            difference = self._repeat(requests, environ)
            self._requests = requests
            return json_response({"message": difference}, 409) if difference else json_response({})
        return json_response(self._requests or [])

    def _record(self, environ, start_response):
        requests, body = self._requests, environ["wsgi.input"].getvalue()
        request = {name: value for name, value in environ.items() if name in _KEPT or name.startswith("HTTP_")}

        def record(status, *others):
            requests.append({"environ": request, "body": b64encode(body).decode(), "status": status})
            return start_response(status, *others)

        # The seed is the request's place. So reads in between do not change the ids that moto invents.
        self._seed(len(requests))
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
            self._seed(place)
            _, status, _ = run_wsgi_app(self._application, environ)
            if status != request["status"]:
                call = f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']} {environ.get('HTTP_X_AMZ_TARGET', '')}"
                return f"{call.strip()} is answered {status}, not {request['status']}"
        return None

    def _seed(self, place):
        mock_random.seed(place)
        self._is_seeded = True

    def _forget_seed(self):
        """Otherwise, every start would invent the same ids for its first requests."""
        if self._is_seeded:
            mock_random.seed()
            self._is_seeded = False
