"""Reports each request at which moto fails or whose operation it lacks, and answers it as AWS does."""

import re
import traceback

from error_responses import failed, lacks, not_implemented
from request_check import CALL

_MAX_SHOWN = 300

# In JSON and in XML.
_MESSAGE = re.compile(r"""<Message>([^<]+)|"message"\s*:\s*"((?:[^"\\]|\\.)+)""", re.IGNORECASE)


class Failures:
    """A WSGI application that passes all on to another one, which buffers its answers.

    It calls `tell(failure=...)` after each answer with a status of 500 or more: the operation, the status, the reason.
    """

    def __init__(self, application, tell):
        self._application = application
        self._tell = tell

    def __call__(self, environ, start_response):
        call, started = environ.get(CALL), []
        try:
            body = self._application(environ, lambda status, headers: started.append((status, headers)))
            if call is not None and _is_without_route(environ, started[0][0], body):
                raise NotImplementedError(call)
        except Exception as error:
            traceback.print_exc()
            is_lacking = isinstance(error, NotImplementedError)
            reason = _shorten("".join(traceback.format_exception_only(type(error), error)))
            self._tell_of(environ, "501" if is_lacking else "500", "not implemented" if is_lacking else reason)
            if is_lacking:
                answer = not_implemented(call) if call else lacks(_described(environ))
                return answer(environ, start_response)
            if call is None:
                raise
            return failed(call, reason)(environ, start_response)
        status, headers = started[0]
        if status >= "500":
            self._tell_of(environ, status, _reason(b"".join(body).decode("utf-8", "replace")))
        start_response(status, headers)
        return body

    def _tell_of(self, environ, status, reason):
        asked = environ.get(CALL) or _described(environ)
        self._tell(failure=f"{asked} is answered {status[:3]}: {reason}")


def _is_without_route(environ, status, body):
    """moto's server answers an operation that it lacks with a page. To a read, AWS could answer 404, too."""
    is_page = status[:3] in ("404", "405") and b"".join(body)[:15].lower() == b"<!doctype html>"
    return is_page and environ["REQUEST_METHOD"] not in ("GET", "HEAD")


def _described(environ):
    return f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}"


def _reason(body):
    found = _MESSAGE.search(body)
    return _shorten(found[1] or found[2] if found else body)


def _shorten(text):
    line = " ".join(text.split())
    return line if len(line) <= _MAX_SHOWN else f"{line[:_MAX_SHOWN]}..."
