"""Events as AWS sends them."""

import base64

REQUEST_ID = "JKJaXmPLvHcESHA="
TIME_EPOCH = 1767225600123
TIMESTAMP = "2026-01-01T00:00:00.123Z"

SCHEDULED = {
    "version": "0",
    "id": "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa",
    "detail-type": "Scheduled Event",
    "source": "aws.events",
    "account": "123456789012",
    "time": "2026-01-01T06:00:00Z",
    "region": "us-west-2",
    "resources": ["arn:aws:events:us-west-2:123456789012:rule/LambdaDailySchedule"],
    "detail": {},
}

UNKNOWN = [
    {"Records": [{"eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "s3": {"bucket": {"name": "b"}}}]},
    {"Records": [{"EventSource": "aws:sns", "Sns": {"Message": "m"}}]},
    {"Records": [{"eventSource": "aws:sqs", "messageId": "1", "body": "b"}]},
    {"version": "0", "id": "1", "detail-type": "AWS API Call via CloudTrail", "source": "aws.s3", "detail": {}},
    # A request of a REST API, whose payload is another one.
    {"httpMethod": "GET", "path": "/", "requestContext": {"requestId": "1", "httpMethod": "GET"}},
    {"requestContext": None},
    {},
    [],
    "text",
    None,
]


def api_event(method="POST", path="/orders", body=None, content_type=None, request_id=REQUEST_ID, **fields):
    """A request of an HTTP API, payload 2.0; bytes as body come in base64."""
    headers = {
        "host": "abc123.execute-api.us-west-2.amazonaws.com",
        "user-agent": "test/1.0",
        **fields.pop("headers", {}),
    }
    if content_type is not None:
        headers["content-type"] = content_type
    event = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": "",
        "headers": headers,
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "abc123",
            "domainName": "abc123.execute-api.us-west-2.amazonaws.com",
            "domainPrefix": "abc123",
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.1",
                "userAgent": "test/1.0",
            },
            "requestId": request_id,
            "routeKey": "$default",
            "stage": "$default",
            "time": "01/Jan/2026:00:00:00 +0000",
            "timeEpoch": TIME_EPOCH,
        },
        "isBase64Encoded": isinstance(body, bytes),
        **fields,
    }
    if body is not None:
        event["body"] = base64.b64encode(body).decode() if isinstance(body, bytes) else body
    return event
