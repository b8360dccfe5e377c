"""The function against a stubbed DynamoDB: what it stores, what it answers, and what it lets fail."""

import base64
import importlib
import json
import sys
from pathlib import Path

import pytest
from botocore.stub import Stubber

sys.path.insert(0, str(Path(__file__).parents[2] / "lambda-src"))

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


@pytest.fixture
def index(monkeypatch):
    monkeypatch.setenv("DYNAMODB_TABLE_NAME", "requests")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-west-2")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    sys.modules.pop("index", None)
    return importlib.import_module("index")


@pytest.fixture
def dynamodb(index):
    with Stubber(index._dynamodb) as stubber:
        yield stubber


def api_event(method="POST", path="/orders", **fields):
    return {
        "version": "2.0",
        "requestContext": {
            "requestId": "JKJaXmPLvHcESHA=",
            "timeEpoch": 1767225600123,
            "http": {"method": method, "path": path},
        },
        "isBase64Encoded": False,
        **fields,
    }


def expect_item(dynamodb, **attributes):
    item = {
        "RequestId": "JKJaXmPLvHcESHA=",
        "Timestamp": "2026-01-01T00:00:00.123+00:00",
        "Source": "API Gateway",
        "Method": "POST",
        "Path": "/orders",
        **attributes,
    }
    dynamodb.add_response(
        "put_item",
        {},
        {"TableName": "requests", "Item": {name: {"S": value} for name, value in item.items()}},
    )


@pytest.mark.parametrize(
    ("fields", "stored"),
    [
        ({"body": '{"amount": 3}'}, '{"amount": 3}'),
        ({"body": "[1, 2]"}, "[1, 2]"),
        ({}, "{}"),
        ({"body": ""}, "{}"),
        ({"body": base64.b64encode(b'{"a": 1}').decode(), "isBase64Encoded": True}, '{"a": 1}'),
    ],
)
def test_a_request_is_stored_with_its_parsed_body(index, dynamodb, fields, stored):
    expect_item(dynamodb, Body=stored)
    answer = index.lambda_handler(api_event(**fields), None)
    dynamodb.assert_no_pending_responses()
    assert answer["statusCode"] == 200
    assert answer["headers"] == {"Content-Type": "application/json"}
    assert json.loads(answer["body"]) == {
        "message": "Request processed successfully",
        "requestId": "JKJaXmPLvHcESHA=",
        "timestamp": "2026-01-01T00:00:00.123+00:00",
    }


def test_method_and_path_are_the_requests(index, dynamodb):
    expect_item(dynamodb, Method="DELETE", Path="/orders/7", Body="{}")
    assert index.lambda_handler(api_event("DELETE", "/orders/7"), None)["statusCode"] == 200


def test_a_repeated_delivery_replaces_its_item(index, dynamodb):
    for _ in range(2):
        expect_item(dynamodb, Body="{}")
        index.lambda_handler(api_event(), None)
    dynamodb.assert_no_pending_responses()


@pytest.mark.parametrize(
    "fields",
    [
        {"body": "{not json"},
        {"body": "[NaN]"},
        {"body": "[" * 100_000},
        {"body": "/w==", "isBase64Encoded": True},
        {"body": "!", "isBase64Encoded": True},
    ],
)
def test_a_malformed_body_is_the_clients_mistake(index, dynamodb, fields):
    answer = index.lambda_handler(api_event(**fields), None)
    assert answer["statusCode"] == 400
    assert json.loads(answer["body"]) == {
        "error": "BadRequest",
        "message": "The body is not valid JSON",
        "requestId": "JKJaXmPLvHcESHA=",
    }


def test_a_failure_is_answered_without_its_text(index, dynamodb):
    dynamodb.add_client_error("put_item", "ResourceNotFoundException", "table requests is gone")
    answer = index.lambda_handler(api_event(), None)
    assert answer["statusCode"] == 500
    assert "requests is gone" not in answer["body"]
    assert json.loads(answer["body"])["error"] == "InternalServerError"


def test_a_preflight_is_answered_and_not_stored(index, dynamodb):
    assert index.lambda_handler(api_event("OPTIONS"), None) == {"statusCode": 204}


def test_a_scheduled_event_is_stored_under_its_own_id_and_time(index, dynamodb):
    expect_item(
        dynamodb,
        RequestId=SCHEDULED["id"],
        Timestamp=SCHEDULED["time"],
        Source="CloudWatch Scheduled Event",
        Method="SCHEDULED",
        Path="/scheduled",
        Body=json.dumps(SCHEDULED),
    )
    assert index.lambda_handler(SCHEDULED, None)["statusCode"] == 200
    dynamodb.assert_no_pending_responses()


def test_a_scheduled_event_that_fails_raises_so_that_lambda_retries_it(index, dynamodb):
    dynamodb.add_client_error("put_item", "ProvisionedThroughputExceededException")
    with pytest.raises(Exception, match="ProvisionedThroughputExceeded"):
        index.lambda_handler(SCHEDULED, None)


def test_attempts_end_before_the_function_does(index):
    config = index._dynamodb.meta.config
    seconds = config.connect_timeout + config.read_timeout
    assert config.retries["total_max_attempts"] * seconds < 20


def test_a_missing_table_name_fails_at_import(index, monkeypatch):
    monkeypatch.delenv("DYNAMODB_TABLE_NAME")
    sys.modules.pop("index")
    with pytest.raises(KeyError, match="DYNAMODB_TABLE_NAME"):
        importlib.import_module("index")
