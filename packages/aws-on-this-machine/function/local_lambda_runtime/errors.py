"""Errors as Lambda reports them."""

import os
import traceback

_RUNTIME_FOLDER = os.path.dirname(os.path.dirname(__file__))


class Fault(Exception):
    """An error that the runtime, not the function, has found."""

    def __init__(self, error_type, message, trace=()):
        super().__init__(message)
        self.error_type = error_type
        self.trace = list(trace)


def describe(error, request_id):
    """Returns the payload for an error. Its stack has no frames of the runtime."""
    if isinstance(error, Fault):
        return _payload(str(error), error.error_type, request_id, error.trace)
    frames = traceback.extract_tb(error.__traceback__)
    users = [frame for frame in frames if not frame.filename.startswith(_RUNTIME_FOLDER)]
    # As tuples, frames are formatted without the marks below the code.
    trace = traceback.format_list([tuple(frame) for frame in users or frames])
    return _payload(str(error), type(error).__name__, request_id, trace)


def _payload(message, error_type, request_id, trace):
    return {"errorMessage": message, "errorType": error_type, "requestId": request_id, "stackTrace": trace}


def locate(error, folder):
    """Returns the place of an error in a folder's code, such as `index.py:12`, or None."""
    while isinstance(error, Fault):
        error = error.__cause__
    frames = [(frame.filename, frame.lineno) for frame in traceback.extract_tb(error and error.__traceback__)]
    if isinstance(error, SyntaxError):
        frames.append((error.filename or "", error.lineno))
    inside = [frame for frame in frames if frame[0].startswith(os.path.join(folder, ""))]
    return f"{os.path.relpath(inside[-1][0], folder)}:{inside[-1][1]}" if inside else None
