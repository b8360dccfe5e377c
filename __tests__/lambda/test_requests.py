"""What the function stores, what it answers, what it lets fail, and what it logs."""

import base64
import importlib
import io
import json
import sys

import pytest
from botocore.awsrequest import AWSResponse
from conftest import load_function
from events import REQUEST_ID, SCHEDULED, TIMESTAMP, UNKNOWN, api_event

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture(autouse=True)
def empty_table(dynamodb):
    dynamodb.items.clear()
    dynamodb.scripts.clear()


def only_item(dynamodb):
    [item] = dynamodb.items.values()
    return item


def test_an_item_is_the_request(handler, dynamodb, context):
    event = api_event(
        "PUT",
        "/orders/7",
        '{"amount": 3}',
        JSON,
        rawQueryString="dry+run=1&tag=a&tag=b",
        cookies=["session=secret-cookie"],
        headers={"authorization": "Bearer secret-token", "cookie": "secret-cookie", "x-api-key": "secret-key"},
    )
    answer = handler(event, context)
    assert only_item(dynamodb) == {
        "RequestId": REQUEST_ID,
        "Timestamp": TIMESTAMP,
        "Source": "API Gateway",
        "Method": "PUT",
        "Path": "/orders/7",
        "Body": '{"amount": 3}',
        "QueryString": "dry+run=1&tag=a&tag=b",
        "ContentType": JSON,
        "UserAgent": "test/1.0",
        "SourceIp": "192.0.2.1",
    }
    assert answer["statusCode"] == 200
    assert answer["headers"] == {"Content-Type": "application/json"}
    assert json.loads(answer["body"]) == {
        "message": "Request processed successfully",
        "requestId": REQUEST_ID,
        "timestamp": TIMESTAMP,
    }


@pytest.mark.parametrize(
    ("body", "content_type", "stored", "encoding"),
    [
        (None, JSON, "{}", None),
        ("", None, "{}", None),
        (" [1, 2]\n", "application/json; charset=utf-8", "[1, 2]", None),
        ("null", JSON, "null", None),
        pytest.param(" " * 500_000 + "{}", JSON, "{}", None, id="spaces"),
        ('{"n": 1e400, "i": 123456789012345678901234567890.10}', JSON, None, None),
        (b'{"a": "\xc5\xbe"}', "application/vnd.api+json", '{"a": "ž"}', None),
        (b'{"a": 1}', None, '{"a": 1}', None),
        (b"[1]", "application/json,application/json", "[1]", None),
        (b"a=1&b=2", None, '"a=1&b=2"', None),
        (b'{"a": 1,}', None, '"{\\"a\\": 1,}"', None),
        (b"a=1&b=%C5%BE", FORM, '"a=1&b=%C5%BE"', None),
        ("id;name\n1;ž", "text/csv", '"id;name\\n1;ž"', None),
        ("<a/>", "application/xml", '"<a/>"', None),
        (b"<svg/>", "image/svg+xml", '"<svg/>"', None),
        (b"\xff\x00", None, json.dumps(base64.b64encode(b"\xff\x00").decode()), "base64"),
        (b"\xff\xfe", "text/plain; charset=utf-16", json.dumps(base64.b64encode(b"\xff\xfe").decode()), "base64"),
        (b'{"a": 1}', "application/octet-stream", json.dumps(base64.b64encode(b'{"a": 1}').decode()), "base64"),
        (b"\x89PNG", "image/png", json.dumps(base64.b64encode(b"\x89PNG").decode()), "base64"),
    ],
)
def test_a_body_is_stored_by_its_type(handler, dynamodb, context, body, content_type, stored, encoding):
    assert handler(api_event(body=body, content_type=content_type), context)["statusCode"] == 200
    item = only_item(dynamodb)
    assert item["Body"] == (body if stored is None else stored)
    assert item.get("BodyEncoding") == encoding


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("{not json", "Expecting property name enclosed in double quotes"),
        ("[NaN]", "NaN is not JSON"),
        ("[-Infinity]", "-Infinity is not JSON"),
        pytest.param("[" * 100_000, "recursion", id="deep"),
        ("\ufeff{}", "Unexpected UTF-8 BOM"),
    ],
)
def test_malformed_json_is_the_clients_mistake(handler, dynamodb, context, body, reason):
    answer = handler(api_event(body=body, content_type=JSON), context)
    content = json.loads(answer["body"])
    assert answer["statusCode"] == 400
    assert (content["error"], content["requestId"]) == ("BadRequest", REQUEST_ID)
    assert content["message"].startswith("The body is not valid JSON: ")
    assert reason in content["message"]
    assert dynamodb.items == {}


@pytest.mark.parametrize("body", [b'"\xff"', '"\ud800"'])
def test_json_that_is_not_utf8_is_refused(handler, dynamodb, context, body):
    answer = handler(api_event(body=body, content_type=JSON), context)
    assert (answer["statusCode"], json.loads(answer["body"])["message"]) == (400, "The body is not UTF-8")
    assert dynamodb.items == {}


def test_bad_base64_is_refused(handler, dynamodb, context):
    for body in ["!", "é", "\ud800"]:
        for content_type in [JSON, "image/png", None]:
            answer = handler({**api_event(body=body, content_type=content_type), "isBase64Encoded": True}, context)
            assert answer["statusCode"] == 400
            assert json.loads(answer["body"])["message"] == "The body is not valid base64"
    assert dynamodb.items == {}


@pytest.mark.parametrize("content_type", [JSON, "text/plain", "application/octet-stream", None])
@pytest.mark.parametrize("too_much", [1, 5 * 1024 * 1024])
def test_an_item_above_400_kb_is_refused(handler, dynamodb, context, content_type, too_much):
    # All of the item but the body.
    handler(api_event(body=b"", content_type=content_type), context)
    item = only_item(dynamodb)
    others = sum(len(name) + len(value) for name, value in item.items()) - 2
    dynamodb.items.clear()
    room = 400 * 1024 - others
    if content_type == "application/octet-stream":
        room = (room - 2 - len("BodyEncodingbase64")) // 4 * 3
    else:
        room -= 2
    body = b'"%s"' if content_type in (JSON, None) else b"%s"
    assert handler(api_event(body=body % (b"x" * room), content_type=content_type), context)["statusCode"] == 200
    dynamodb.items.clear()
    body %= b"x" * (room + too_much)
    answer = handler(api_event(body=body, content_type=content_type), context)
    assert answer["statusCode"] == 413
    content = json.loads(answer["body"])
    assert content["error"] == "PayloadTooLarge"
    subject = "The item would have " if too_much == 1 else f"The body has {len(body)} bytes"
    assert content["message"].startswith(subject)
    assert "409600 (400 KB)" in content["message"]
    assert dynamodb.items == {}


def test_repeated_deliveries_leave_one_item(handler, dynamodb, context):
    for _ in range(3):
        handler(api_event(body="{}", content_type=JSON), context)
    assert only_item(dynamodb)["RequestId"] == REQUEST_ID


def test_a_preflight_is_answered_and_not_stored(handler, dynamodb, context):
    assert handler(api_event("OPTIONS"), context) == {"statusCode": 204}
    assert dynamodb.items == {}


def test_a_scheduled_event_is_stored_under_its_own_id_and_time(handler, dynamodb, context):
    assert handler(SCHEDULED, context)["statusCode"] == 200
    assert only_item(dynamodb) == {
        "RequestId": SCHEDULED["id"],
        "Timestamp": SCHEDULED["time"],
        "Source": "CloudWatch Scheduled Event",
        "Method": "SCHEDULED",
        "Path": "/scheduled",
        "Body": json.dumps(SCHEDULED),
    }


@pytest.mark.parametrize("event", UNKNOWN)
def test_an_unknown_event_is_raised(handler, dynamodb, context, event, capsys):
    with pytest.raises(Exception, match="neither a request of an HTTP API"):
        handler(event, context)
    assert dynamodb.items == {}
    assert json.loads(capsys.readouterr().out)["error"] == "UnknownEvent"


def test_an_invocation_logs_one_line_without_content(handler, context, capsys):
    handler(api_event(body='{"secret": 1}', content_type=JSON, rawQueryString="secret=1"), context)
    output = capsys.readouterr().out
    line = json.loads(output)
    assert "secret" not in output
    assert line.pop("milliseconds") >= 0
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "level": "INFO",
        "requestId": context.aws_request_id,
        "apiRequestId": REQUEST_ID,
        "source": "API Gateway",
        "bytes": 13,
        "status": 200,
    }


def test_a_failure_is_logged_with_its_trace_and_answered_without_its_text(handler, dynamodb, context, capsys):
    dynamodb.scripts[REQUEST_ID] = [(400, "ResourceNotFoundException")]
    answer = handler(api_event(body='{"secret": 1}', content_type=JSON), context)
    assert answer["statusCode"] == 500
    content = {"error": "InternalServerError", "message": "The request could not be processed", "requestId": REQUEST_ID}
    assert json.loads(answer["body"]) == content
    output = capsys.readouterr().out
    line = json.loads(output)
    assert (line["level"], line["status"], line["errorCode"]) == ("ERROR", 500, "ResourceNotFoundException")
    assert "put_item" in "".join(line["stackTrace"])
    assert "secret" not in output


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("us-west-2", "dynamodb.us-west-2.amazonaws.com"),
        ("us-gov-west-1", "dynamodb.us-gov-west-1.amazonaws.com"),
        ("cn-north-1", "dynamodb.cn-north-1.amazonaws.com.cn"),
    ],
)
def test_the_table_is_looked_for_in_the_functions_region(dynamodb, monkeypatch, region, host):
    load_function(dynamodb.endpoint)
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    monkeypatch.setenv("AWS_DEFAULT_REGION", region)
    sys.modules.pop("table")
    table = importlib.import_module("table")
    sent = []

    def answer(request, **_arguments):
        sent.append((request.url, request.headers["Authorization"].decode()))
        raw = io.BytesIO(b'{"ConsumedCapacity": {}}')
        raw.stream = lambda **_options: [raw.read()]
        return AWSResponse(request.url, 200, {}, raw)

    table._dynamodb.meta.events.register("before-send.dynamodb.PutItem", answer)
    table.store({"RequestId": "1", "Timestamp": TIMESTAMP})
    [(url, authorization)] = sent
    assert url == f"https://{host}/"
    assert f"/{region}/dynamodb/aws4_request" in authorization


def test_a_fips_endpoint_is_used_where_it_is_asked_for(dynamodb, monkeypatch):
    load_function(dynamodb.endpoint)
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    monkeypatch.setenv("AWS_USE_FIPS_ENDPOINT", "true")
    sys.modules.pop("table")
    table = importlib.import_module("table")
    assert table._dynamodb.meta.endpoint_url == "https://dynamodb-fips.us-west-2.amazonaws.com"


@pytest.mark.parametrize("name", [None, ""])
def test_a_missing_table_name_is_told_at_import(dynamodb, monkeypatch, name):
    load_function(dynamodb.endpoint)
    monkeypatch.delenv("DYNAMODB_TABLE_NAME")
    if name is not None:
        monkeypatch.setenv("DYNAMODB_TABLE_NAME", name)
    sys.modules.pop("table")
    with pytest.raises(RuntimeError, match="DYNAMODB_TABLE_NAME is not set"):
        importlib.import_module("table")
