"""Stores each API request and each scheduled run as one item of the request table."""

import base64
import binascii
import json
import os
from datetime import datetime, timezone

import boto3
from botocore.config import Config

# At worst three attempts of 1 + 3 s and their pauses: the answer leaves well before the function's 30 s are over.
_CONFIG = Config(
    connect_timeout=1,
    read_timeout=3,
    retries={"mode": "standard", "total_max_attempts": 3},
)
_TABLE_NAME = os.environ["DYNAMODB_TABLE_NAME"]
_dynamodb = boto3.client("dynamodb", config=_CONFIG)


class BadRequest(Exception):
    """The client's mistake; its text is meant for the client."""


def lambda_handler(event, context):
    """Answers an API request (payload 2.0) or processes a scheduled event.

    A failed API request is answered with 400 or 500. A failed scheduled event raises, so that Lambda tries it again
    and then sends it to the dead-letter queue.
    """
    if "requestContext" in event:
        return _answer_request(event)
    return _process_schedule(event)


def _answer_request(event):
    request_context = event["requestContext"]
    if request_context["http"]["method"] == "OPTIONS":
        # The $default route also catches preflights; the API answers them from its CORS settings.
        return {"statusCode": 204}
    request_id = request_context["requestId"]
    try:
        # The id and the time are the request's own, so that a repeated delivery replaces its item.
        seconds = request_context["timeEpoch"] / 1000
        timestamp = datetime.fromtimestamp(seconds, timezone.utc).isoformat(timespec="milliseconds")
        _store(
            request_id=request_id,
            timestamp=timestamp,
            source="API Gateway",
            method=request_context["http"]["method"],
            path=request_context["http"]["path"],
            body=_parse_body(event),
        )
    except BadRequest as mistake:
        _log("refused", request_id, error=str(mistake))
        return _response(400, {"error": "BadRequest", "message": str(mistake), "requestId": request_id})
    except Exception as failure:  # the client is told nothing that is not its business
        _log("failed", request_id, error=repr(failure))
        return _response(
            500,
            {
                "error": "InternalServerError",
                "message": "The request could not be processed",
                "requestId": request_id,
            },
        )
    return _response(200, _success(request_id, timestamp))


def _process_schedule(event):
    _store(
        request_id=event["id"],
        timestamp=event["time"],
        source="CloudWatch Scheduled Event",
        method="SCHEDULED",
        path="/scheduled",
        body=event,
    )
    return _response(200, _success(event["id"], event["time"]))


def _parse_body(event):
    body = event.get("body") or ""
    try:
        if event.get("isBase64Encoded"):
            body = base64.b64decode(body, validate=True).decode("utf-8")
        return json.loads(body, parse_constant=_refuse_constant) if body else {}
    except (binascii.Error, RecursionError, ValueError):
        raise BadRequest("The body is not valid JSON") from None


def _refuse_constant(name):
    # Python reads NaN and Infinity, which are not JSON.
    raise ValueError(name)


def _store(request_id, timestamp, source, method, path, body):
    _dynamodb.put_item(
        TableName=_TABLE_NAME,
        Item={
            "RequestId": {"S": request_id},
            "Timestamp": {"S": timestamp},
            "Source": {"S": source},
            "Method": {"S": method},
            "Path": {"S": path},
            "Body": {"S": json.dumps(body)},
        },
    )
    _log("stored", request_id, source=source)


def _success(request_id, timestamp):
    return {"message": "Request processed successfully", "requestId": request_id, "timestamp": timestamp}


def _response(status, body):
    return {
        "statusCode": status,
        "headers": {"Content-Type": "application/json"},
        "body": json.dumps(body),
    }


def _log(outcome, request_id, **fields):
    print(json.dumps({"outcome": outcome, "requestId": request_id, **fields}))
