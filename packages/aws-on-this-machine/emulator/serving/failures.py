"""Reports each request at which moto fails, and answers it as AWS does."""

import re
import traceback

from error_responses import failed, not_implemented
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
        call, answered = environ.get(CALL), []

        def watch(status, headers):
            answered.append(status)
            return start_response(status, headers)

        try:
            body = self._application(environ, watch)
        except Exception as error:
            traceback.print_exc()
            reason = _shorten("".join(traceback.format_exception_only(type(error), error)))
            is_lacking = call is not None and isinstance(error, NotImplementedError)
            self._tell_of(environ, "501" if is_lacking else "500", "not implemented" if is_lacking else reason)
            if call is None:
                raise
            return (not_implemented(call) if is_lacking else failed(call, reason))(environ, start_response)
        if answered[0] >= "500":
            self._tell_of(environ, answered[0], _reason(b"".join(body).decode("utf-8", "replace")))
        return body

    def _tell_of(self, environ, status, reason):
        asked = environ.get(CALL) or f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}"
        self._tell(failure=f"{asked} is answered {status[:3]}: {reason}")


def _reason(body):
    found = _MESSAGE.search(body)
    return _shorten(found[1] or found[2] if found else body)


def _shorten(text):
    line = " ".join(text.split())
    return line if len(line) <= _MAX_SHOWN else f"{line[:_MAX_SHOWN]}..."
