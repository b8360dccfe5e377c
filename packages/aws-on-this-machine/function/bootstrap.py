"""Runs a Lambda function as Lambda does: loads the handler once, then handles events one by one.

Usage: python -S bootstrap.py [--debug=<port>] <temporary folder> [<folder with libraries>...]

The parent process is at the other end of file descriptor 3, a socket. A message has the lengths of its two parts, 4
bytes each, then a head in JSON and a body. The first message, with the id `init`, is the outcome of loading the
handler. Then the process reads events and answers each with the id that it came with, until its parent ends.
"""

import fcntl
import json
import os
import resource
import signal
import site
import struct
import sys

from local_lambda_runtime.context import LambdaContext
from local_lambda_runtime.debugger import explain_quit, ignore_breakpoints, let_debuggers_attach
from local_lambda_runtime.errors import describe, locate
from local_lambda_runtime.handler import load_handler
from local_lambda_runtime.logs import Log
from local_lambda_runtime.marshaller import marshal, to_json, unmarshal
from local_lambda_runtime.read_only import restrict_writes

# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
_MAX_RESULT_BYTES = 6 * 1024 * 1024 + 100
# Above the descriptors that a function opens, and below the 256 descriptors that macOS allows.
_FIRST_CHANNEL_FD = 200
_LENGTHS = struct.Struct(">II")


class _Channel:
    """The socket to the parent process, on a descriptor that a function neither guesses nor gives to its programs."""

    def __init__(self, inherited):
        descriptor = fcntl.fcntl(inherited, fcntl.F_DUPFD_CLOEXEC, _FIRST_CHANNEL_FD)
        os.close(inherited)
        self._owner = os.getpid()
        self._reader = os.fdopen(descriptor, "rb")
        self._writer = os.fdopen(descriptor, "wb", closefd=False)

    def receive(self):
        """Returns the head and the body of the next message, or None after the last."""
        prefix = self._reader.read(_LENGTHS.size)
        if len(prefix) < _LENGTHS.size:
            return None
        head_bytes, body_bytes = _LENGTHS.unpack(prefix)
        return json.loads(self._reader.read(head_bytes)), self._reader.read(body_bytes)

    def send(self, head, answer):
        """Sends an answer, as bytes or text."""
        if os.getpid() != self._owner:
            # The function forked, and both processes came back from its handler. Only one of them may answer.
            os._exit(1)
        # Text with a lone surrogate has no bytes, and ends the process, as it does in Lambda.
        body = answer if isinstance(answer, bytes) else answer.encode()
        if len(body) > _MAX_RESULT_BYTES:
            limit = f"exceeded maximum allowed payload size ({_MAX_RESULT_BYTES} bytes)."
            message = f"Response payload size ({len(body)} bytes) {limit}"
            failure = {"errorMessage": message, "errorType": "Function.ResponseSizeTooLarge"}
            self.send({**head, "isError": True}, to_json(failure))
            return
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        used_memory_mb = peak / (1024 * 1024 if sys.platform == "darwin" else 1024)
        head_bytes = json.dumps({**head, "usedMemoryMb": used_memory_mb}).encode()
        self._writer.write(_LENGTHS.pack(len(head_bytes), len(body)) + head_bytes + body)
        self._writer.flush()


def _load(channel, log, adapter_port):
    try:
        handler = load_handler(os.environ["_HANDLER"])
    except Exception as error:
        failure = _report(error, "", log)
        location = locate(error, os.environ["LAMBDA_TASK_ROOT"])
        channel.send({"id": "init", "isError": True, "location": location}, to_json(failure))
        sys.exit(1)
    channel.send({"id": "init", "isError": False, "adapterPort": adapter_port}, "")
    return handler


def _handle(handler, head, event, log):
    """Returns the answer and whether it is an error."""
    try:
        context = LambdaContext(head["id"], head["functionArn"], head["deadlineMs"])
        return marshal(handler(unmarshal(event), context)), False
    except Exception as error:
        return to_json(_report(error, head["id"], log)), True


def _report(error, request_id, log):
    failure = describe(error, request_id)
    log.write_error(failure)
    explain_quit(error)
    return failure


def _enter_sandbox(debug_port, temporary_folder, *libraries):
    """Gives the function its code, Python's own modules, the libraries and a folder to write to, as Lambda does.

    Returns the port of its debug adapter, or None without one.
    """
    code_folder = os.environ["LAMBDA_TASK_ROOT"]
    # The folder of this file.
    sys.path[0] = code_folder
    # With -S, Python looks in no other folder, and lacks `exit`, `help` and the like.
    sys.path.extend(libraries)
    for add_builtins in (site.setquit, site.setcopyright, site.sethelper):
        add_builtins()
    del sys.argv[1:]
    os.mkdir(temporary_folder)
    restrict_writes(code_folder, temporary_folder)
    if debug_port:
        return let_debuggers_attach(debug_port, code_folder)
    ignore_breakpoints(code_folder)
    return None


def main():
    # Ctrl-C must not show a traceback of this file.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    # Processes that the function spawns would run it, too.
    del globals()["__file__"]
    channel = _Channel(3)
    log = Log(os.environ["AWS_LAMBDA_LOG_FORMAT"], os.environ.get("AWS_LAMBDA_LOG_LEVEL", ""))
    is_debugged = sys.argv[1].startswith("--debug=")
    debug_port = sys.argv.pop(1).partition("=")[2] if is_debugged else None
    handler = _load(channel, log, _enter_sandbox(debug_port, *sys.argv[1:]))
    while message := channel.receive():
        head, event = message
        log.request_id = head["id"]
        if head["traceId"]:
            os.environ["_X_AMZN_TRACE_ID"] = head["traceId"]
        else:
            os.environ.pop("_X_AMZN_TRACE_ID", None)
        # $LATEST and a version with the same code share their processes.
        os.environ["AWS_LAMBDA_FUNCTION_VERSION"] = head["version"]
        answer, is_error = _handle(handler, head, event, log)
        channel.send({"id": head["id"], "isError": is_error}, answer)


if __name__ == "__main__":
    main()
