"""Stores each API request and each scheduled event as an item of the request table."""

import json
import time
import traceback
from datetime import datetime, timezone

from body import read_body
from deadline import deadline_of
from refusal import Refusal
from table import store

_FAILURE = Refusal(500, "InternalServerError", "The request could not be processed")


class UnknownEvent(Exception):
    """An event that is neither an API request nor a scheduled event."""


def lambda_handler(event, context):
    """Answers an API request (payload 2.0) or processes a scheduled event.

    After an error, an API request gets an answer. For all other events, the error is raised, so that Lambda retries the
    event and then sends it to the dead-letter queue.
    """
    deadline = deadline_of(context)
    started = time.perf_counter()
    line = {}
    try:
        return _handle(event, deadline, line)
    except Exception as error:
        line.update(_describe(error), status=500)
        # Who reads the dead letter needs the cause, and not the answer to a client.
        raise error.__cause__ or error from None
    finally:
        line["milliseconds"] = round((time.perf_counter() - started) * 1000, 1)
        _log(line, context)


def _handle(event, deadline, line):
    if _has(event, "requestContext", "http"):
        return _answer_request(event, deadline, line)
    if _has(event, "detail-type") and event["detail-type"] == "Scheduled Event":
        return _process_schedule(event, deadline, line)
    raise UnknownEvent("The event is neither a request of an HTTP API (payload 2.0) nor a scheduled event")


def _has(value, *names):
    """Whether nested dictionaries have a value."""
    for name in names:
        if not isinstance(value, dict) or name not in value:
            return False
        value = value[name]
    return True


def _answer_request(event, deadline, line):
    request_context = event["requestContext"]
    method = request_context["http"]["method"]
    request_id = request_context.get("requestId")
    line.update(apiRequestId=request_id, source="API Gateway", bytes=_body_bytes(event))
    if method == "OPTIONS":
        # The route $default also matches preflights, unless the API answers them itself.
        line["status"] = 204
        return {"statusCode": 204}
    try:
        # The request's own id and time: a repeated delivery replaces the item.
        timestamp = _timestamp(request_context["timeEpoch"] / 1000)
        body, encoding = read_body(event)
        headers = event.get("headers") or {}
        store(
            {
                "RequestId": request_context["requestId"],
                "Timestamp": timestamp,
                "Source": "API Gateway",
                "Method": method,
                "Path": request_context["http"]["path"],
                "Body": body,
                "BodyEncoding": encoding,
                "QueryString": event.get("rawQueryString"),
                "ContentType": headers.get("content-type"),
                "UserAgent": headers.get("user-agent"),
                "SourceIp": request_context["http"].get("sourceIp"),
            },
            deadline,
        )
        return _stored(request_id, timestamp, line)
    except Exception as error:
        # The client must not see internal errors.
        refusal = error if isinstance(error, Refusal) else _FAILURE
        line.update(_describe(error), status=refusal.status)
        headers = {"Retry-After": "1"} if refusal.status == 503 else {}
        content = {"error": refusal.error, "message": str(refusal), "requestId": request_id}
        return _response(refusal.status, content, headers)


def _body_bytes(event):
    body = event.get("body") or ""
    if event.get("isBase64Encoded"):
        return len(body) * 3 // 4 - body[-2:].count("=")
    return len(body.encode("utf-8", "surrogatepass"))


def _process_schedule(event, deadline, line):
    body = json.dumps(event)
    line.update(eventId=event["id"], source="CloudWatch Scheduled Event", bytes=len(body))
    store(
        {
            "RequestId": event["id"],
            "Timestamp": event["time"],
            "Source": "CloudWatch Scheduled Event",
            "Method": "SCHEDULED",
            "Path": "/scheduled",
            "Body": body,
        },
        deadline,
    )
    return _stored(event["id"], event["time"], line)


def _stored(request_id, timestamp, line):
    line["status"] = 200
    content = {"message": "Request processed successfully", "requestId": request_id, "timestamp": timestamp}
    return _response(200, content)


def _response(status, content, headers=()):
    return {
        "statusCode": status,
        "headers": {"Content-Type": "application/json", **dict(headers)},
        "body": json.dumps(content),
    }


def _timestamp(seconds):
    return datetime.fromtimestamp(seconds, timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _describe(error):
    """Describes an error for the log, without its text, which may contain the request's content."""
    if isinstance(error, Refusal) and error.status < 500:
        return {"error": error.error}
    cause = error.__cause__ or error
    response = getattr(cause, "response", None)
    code = response["Error"]["Code"] if isinstance(response, dict) else None
    trace = traceback.format_list(traceback.extract_tb(error.__traceback__))
    return {"error": type(cause).__name__, "errorCode": code, "stackTrace": trace}


def _log(line, context):
    """Writes a line in Lambda's JSON log format. Lambda reads its timestamp and level."""
    level = "ERROR" if line["status"] >= 500 else "INFO"
    head = {"timestamp": _timestamp(time.time()), "level": level, "requestId": getattr(context, "aws_request_id", None)}
    fields = {name: value for name, value in {**head, **line}.items() if value is not None}
    print(json.dumps(fields))
