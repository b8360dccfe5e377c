"""Stores each API request and each scheduled event as an item of the request table."""

import json
import time
import traceback
from datetime import datetime, timezone

from body import read_body
from refusal import ERRORS, Refusal
from table import store


class UnknownEvent(Exception):
    """An event that is neither an API request nor a scheduled event."""


def lambda_handler(event, context):
    """Answers an API request (payload 2.0) or processes a scheduled event.

    After an error, an API request gets an answer. For all other events, the error is raised, so that Lambda retries the
    event and then sends it to the dead-letter queue.
    """
    started = time.perf_counter()
    line = {}
    try:
        return _handle(event if isinstance(event, dict) else {}, line)
    except Exception as error:
        line.update(_describe(error), status=500)
        # The dead letter has the cause, and not the answer to a client.
        raise error.__cause__ or error from None
    finally:
        line["milliseconds"] = round((time.perf_counter() - started) * 1000, 1)
        _log(line, context)


def _handle(event, line):
    if "http" in (event.get("requestContext") or {}):
        return _answer_request(event, line)
    if event.get("detail-type") == "Scheduled Event":
        return _process_schedule(event, line)
    raise UnknownEvent("The event is neither a request of an HTTP API (payload 2.0) nor a scheduled event")


def _answer_request(event, line):
    request_id, http = event["requestContext"].get("requestId"), event["requestContext"]["http"]
    body = event.get("body") or ""
    size = (
        len(body.rstrip("=")) * 3 // 4 if event.get("isBase64Encoded") else len(body.encode("utf-8", "surrogatepass"))
    )
    line.update(apiRequestId=request_id, source="API Gateway", bytes=size)
    # The route $default also matches preflights, unless the API answers them itself.
    if http["method"] == "OPTIONS":
        line["status"] = 204
        return {"statusCode": 204}
    try:
        body, encoding = read_body(event)
        headers = event.get("headers") or {}
        # A repeated delivery has the same id and time, and so replaces the item.
        item = {
            "RequestId": request_id,
            "Timestamp": _timestamp(event["requestContext"]["timeEpoch"] / 1000),
            "Source": "API Gateway",
            "Method": http["method"],
            "Path": http["path"],
            "Body": body,
            "BodyEncoding": encoding,
            "QueryString": event.get("rawQueryString"),
            "ContentType": headers.get("content-type"),
            "UserAgent": headers.get("user-agent"),
            "SourceIp": http.get("sourceIp"),
        }
        return _store(item, line)
    except Exception as error:
        refusal = error if isinstance(error, Refusal) else Refusal(500, "The request could not be processed")
        line.update(_describe(error), status=refusal.status)
        content = {"error": ERRORS[refusal.status], "message": str(refusal), "requestId": request_id}
        return _response(refusal.status, content, {"Retry-After": "1"} if refusal.status == 503 else {})


def _process_schedule(event, line):
    item = {
        "RequestId": event["id"],
        "Timestamp": event["time"],
        "Source": "CloudWatch Scheduled Event",
        "Method": "SCHEDULED",
        "Path": "/scheduled",
        "Body": json.dumps(event),
    }
    line.update(eventId=item["RequestId"], source=item["Source"], bytes=len(item["Body"]))
    return _store(item, line)


def _store(item, line):
    store(item)
    line["status"] = 200
    content = {"requestId": item["RequestId"], "timestamp": item["Timestamp"]}
    return _response(200, {"message": "Request processed successfully", **content})


def _response(status, content, headers=None):
    headers = {"Content-Type": "application/json", **(headers or {})}
    return {"statusCode": status, "headers": headers, "body": json.dumps(content)}


def _timestamp(seconds):
    return datetime.fromtimestamp(seconds, timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _describe(error):
    """Describes an error for the log, without its text, which may contain the request's content."""
    if isinstance(error, Refusal) and error.status < 500:
        return {"error": ERRORS[error.status]}
    cause = error.__cause__ or error
    response = getattr(cause, "response", None)
    code = response["Error"]["Code"] if isinstance(response, dict) else None
    trace = traceback.format_list(traceback.extract_tb(error.__traceback__))
    return {"error": type(cause).__name__, "errorCode": code, "stackTrace": trace}


def _log(line, context):
    """Writes a line in Lambda's JSON log format. Lambda reads its timestamp and level."""
    level = "ERROR" if line["status"] >= 500 else "INFO"
    head = {"timestamp": _timestamp(time.time()), "level": level, "requestId": getattr(context, "aws_request_id", None)}
    print(json.dumps({name: value for name, value in {**head, **line}.items() if value is not None}))
