"""The function's log, in the formats of https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html"""

import json
import logging
import sys
import time
import traceback

from . import marshaller

# The parent process takes this control character, in a line, for a line break within a log event.
_BREAK = "\x1e"
_NO_BREAK_SPACE = "\u00a0"
_TIME_FORMAT = "%Y-%m-%dT%H:%M:%SZ"
_TEXT_FORMAT = "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s\n"
_encode = json.JSONEncoder(ensure_ascii=False).encode
# The fields that Python itself sets on a record. All others come from `extra`.
_OWN_FIELDS = {*vars(logging.makeLogRecord({})), "aws_request_id", "tenant_id"} - {"taskName"}


def write_event(message):
    """Writes a log event of one or more lines."""
    # Not sys.stdout, which a function may have redirected.
    sys.__stdout__.write(message.removesuffix("\n").replace("\n", _BREAK) + "\n")


class _JsonFormatter(logging.Formatter):
    def format(self, record):
        level = min(50, max(0, record.levelno)) // 10 * 10
        error_type, error, frames = record.exc_info or (None, None, None)
        line = {
            "timestamp": self.formatTime(record, _TIME_FORMAT),
            "level": logging.getLevelName(level),
            "message": record.getMessage(),
            "logger": record.name,
            "stackTrace": traceback.format_tb(frames) if error_type else None,
            "errorType": error_type.__name__ if error_type else None,
            "errorMessage": str(error) if error_type else None,
            "requestId": record.aws_request_id,
            "location": f"{record.pathname}:{record.funcName}:{record.lineno}" if error_type else None,
        }
        extra = {name: value for name, value in vars(record).items() if name not in _OWN_FIELDS and name not in line}
        return _encode({name: value for name, value in {**line, **extra}.items() if value is not None})


class Log(logging.Handler):
    """Receives the records of Python's logging, and the errors that the runtime reports."""

    def __init__(self, log_format, level):
        """The level may be empty: Python's default, WARNING, then stays."""
        super().__init__()
        self.request_id = ""
        self._is_json = log_format.upper() == "JSON"
        logging.Formatter.converter = time.gmtime
        self.setFormatter(_JsonFormatter() if self._is_json else logging.Formatter(_TEXT_FORMAT, "%Y-%m-%dT%H:%M:%S"))
        # Python has no level TRACE.
        level = {"TRACE": "DEBUG"}.get(level.upper(), level.upper())
        if isinstance(logging.getLevelName(level), int):
            logging.getLogger().setLevel(level)
        logging.getLogger().addHandler(self)

    def emit(self, record):
        record.aws_request_id = self.request_id
        write_event(self.format(record))

    def write_error(self, failure):
        """Writes an error that leaves the function."""
        if self._is_json:
            timestamp = time.strftime(_TIME_FORMAT, time.gmtime())
            write_event(marshaller.to_json({"timestamp": timestamp, "log_level": "ERROR", **failure}))
            return
        description = ": ".join(filter(None, (failure["errorType"], failure["errorMessage"])))
        lines = [line for entry in failure["stackTrace"] for line in entry.splitlines()]
        write_event("\n".join([f"[ERROR] {description}", "Traceback (most recent call last):", *map(_indent, lines)]))


def _indent(line):
    """CloudWatch shows no leading spaces."""
    text = line.lstrip(" ")
    return _NO_BREAK_SPACE * (len(line) - len(text)) + text
