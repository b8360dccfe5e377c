"""Runs a Lambda function as Lambda's Python runtime does: loads the handler once, then handles events one by one.

A message on file descriptor 3 is a line with a head and a body, both JSON, separated by a tab. The first message is the
outcome of loading the handler. Then the process reads invocations and writes their outcomes, until its parent ends.
"""

import importlib
import json
import logging
import os
import resource
import signal
import sys
import time
import traceback
from datetime import datetime, timezone

_MAX_RESULT_BYTES = 6 * 1024 * 1024 + 100


class _LambdaContext:
    """See https://docs.aws.amazon.com/lambda/latest/dg/python-context.html"""

    def __init__(self, head):
        self.aws_request_id = head["requestId"]
        self.invoked_function_arn = head["functionArn"]
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.identity = None
        self.client_context = None
        self._deadline_ms = head["deadlineMs"]

    def get_remaining_time_in_millis(self):
        return max(0, int(self._deadline_ms - time.time() * 1000))


class _JsonFormatter(logging.Formatter):
    """Lambda's JSON log format for Python's logging."""

    def __init__(self):
        super().__init__()
        self.request_id = None

    def format(self, record):
        line = {
            "timestamp": _timestamp(record.created),
            "level": record.levelname,
            "message": record.getMessage(),
            "logger": record.name,
        }
        if record.exc_info:
            line["stackTrace"] = traceback.format_exception(*record.exc_info)
            line["errorType"] = record.exc_info[0].__name__
            line["errorMessage"] = str(record.exc_info[1])
        if self.request_id:
            line["requestId"] = self.request_id
        return json.dumps(line)


def _timestamp(seconds):
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def _describe(error, error_type=None, message=None):
    return {
        "errorMessage": message or str(error),
        "errorType": error_type or type(error).__name__,
        "stackTrace": traceback.format_tb(error.__traceback__),
    }


def _load_handler(name):
    """Returns the handler, or None and an error."""
    module_name, _, handler_name = name.rpartition(".")
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        message = f"Unable to import module '{module_name}': {error}"
        return None, _describe(error, "Runtime.ImportModuleError", message)
    except SyntaxError as error:
        message = f"Syntax error in module '{module_name}': {error}"
        return None, _describe(error, "Runtime.UserCodeSyntaxError", message)
    except (Exception, SystemExit) as error:
        return None, _describe(error)
    handler = getattr(module, handler_name, None)
    if handler is None:
        message = f"Handler '{handler_name}' missing on module '{module_name}'"
        return None, {"errorMessage": message, "errorType": "Runtime.HandlerNotFound", "stackTrace": []}
    return handler, None


def _invoke(handler, event, context):
    """Returns the result, as JSON, and whether it is an error."""
    try:
        result = handler(event, context)
    except Exception as error:
        failure = _describe(error)
        line = {"timestamp": _timestamp(time.time()), "level": "ERROR", "requestId": context.aws_request_id}
        print(json.dumps({**line, **failure}))
        return json.dumps(failure), True
    try:
        text = json.dumps(result)
    except (TypeError, ValueError) as error:
        failure = {"errorMessage": f"Unable to marshal response: {error}", "errorType": "Runtime.MarshalError"}
        return json.dumps({**failure, "stackTrace": []}), True
    if len(text.encode()) > _MAX_RESULT_BYTES:
        message = f"Response payload size exceeded maximum allowed payload size ({_MAX_RESULT_BYTES} bytes)."
        return json.dumps({"errorMessage": message, "errorType": "Function.ResponseSizeTooLarge"}), True
    return text, False


def _used_memory_mb():
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)


def _send(writer, head, body):
    sys.stdout.flush()
    sys.stderr.flush()
    writer.write(f"{json.dumps(head)}\t{body}\n".encode())
    writer.flush()


def main():
    # Ctrl-C must not show a traceback of this file.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    sys.stdout.reconfigure(line_buffering=True)
    sys.dont_write_bytecode = True
    sys.path[0] = os.environ["LAMBDA_TASK_ROOT"]
    formatter = _JsonFormatter()
    log = logging.StreamHandler(sys.stdout)
    if os.environ["AWS_LAMBDA_LOG_FORMAT"] == "JSON":
        log.setFormatter(formatter)
        # Python has no levels TRACE and FATAL.
        level = logging.getLevelName(os.environ["AWS_LAMBDA_LOG_LEVEL"])
        logging.getLogger().setLevel(level if isinstance(level, int) else logging.DEBUG)
    logging.getLogger().addHandler(log)

    handler, failure = _load_handler(os.environ["_HANDLER"])
    with open(3, "rb") as reader, open(3, "wb", closefd=False) as writer:
        _send(writer, {"usedMemoryMb": _used_memory_mb()}, json.dumps(failure))
        for line in reader:
            head, event = map(json.loads, line.split(b"\t"))
            context = _LambdaContext(head)
            formatter.request_id = context.aws_request_id
            os.environ["_X_AMZN_TRACE_ID"] = head["traceId"]
            result, is_error = _invoke(handler, event, context)
            _send(writer, {"isError": is_error, "usedMemoryMb": _used_memory_mb()}, result)


if __name__ == "__main__":
    main()
