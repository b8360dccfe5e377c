"""What comes of each fault of the table: the answer, the time that it takes, and that nothing is half-stored."""

import importlib
import json
import threading
import time

import pytest
from botocore import exceptions
from conftest import Context, load_function
from events import SCHEDULED, api_event
from scripted_dynamodb import ScriptedDynamoDB

pytestmark = pytest.mark.slow

# 12 s, and a little for a slow machine. A peer that is not given up takes HANG_SECONDS at least.
MAX_SECONDS = 16
THROTTLED = (400, "ProvisionedThroughputExceededException")
FAILED = (500, "InternalServerError")

# By fault: what the calls are answered, and what the client is.
FAULTS = {
    "throttled-once": ([THROTTLED], 200),
    "throttled-for-ever": ([THROTTLED] * 9, 503),
    "above-a-limit": ([(400, "LimitExceededException")] * 9, 503),
    "failed-once": ([FAILED], 200),
    "failed-for-ever": ([FAILED] * 9, 503),
    "unavailable-for-ever": ([(503, "ServiceUnavailable")] * 9, 503),
    "reset-once": (["reset"], 200),
    "reset-for-ever": (["reset"] * 9, 503),
    "hangs-once": (["hang"], 200),
    "hangs-for-ever": (["hang"] * 9, 503),
    "malformed-answer": (["garbage"] * 9, 500),
    "table-missing": ([(400, "ResourceNotFoundException")], 500),
    "request-invalid": ([(400, "ValidationException")], 500),
    "credentials-expired": ([(400, "ExpiredTokenException")], 500),
    "credentials-unknown": ([(400, "UnrecognizedClientException")], 500),
    "access-denied": ([(400, "AccessDeniedException")], 500),
}


@pytest.fixture(scope="module")
def faulty():
    """All faults at once, as each takes its time: by fault the answer, the seconds and the number of calls."""
    dynamodb = ScriptedDynamoDB()
    handler = load_function(dynamodb.endpoint)
    results = {}

    def invoke(fault):
        started = time.monotonic()
        answer = handler(api_event(body='{"a": 1}', content_type="application/json", request_id=fault), Context())
        results[fault] = answer, time.monotonic() - started

    dynamodb.scripts.update({fault: list(script) for fault, (script, _status) in FAULTS.items()})
    threads = [threading.Thread(target=invoke, args=[fault]) for fault in FAULTS]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    yield results, dynamodb
    dynamodb.stop()


@pytest.mark.parametrize("fault", FAULTS)
def test_a_request_is_answered_in_time(faulty, fault):
    results, dynamodb = faulty
    (answer, seconds), status = results[fault], FAULTS[fault][1]
    assert answer["statusCode"] == status
    assert seconds < MAX_SECONDS
    assert "secret" not in answer["body"]
    content = json.loads(answer["body"])
    assert content["requestId"] == fault
    if status == 503:
        assert content["error"] == "ServiceUnavailable"
        assert "try again" in content["message"]
    is_stored = any(request_id == fault for request_id, _timestamp in dynamodb.items)
    assert is_stored == (status == 200)
    assert dynamodb.calls.count(fault) <= 3
    assert ("Retry-After" in answer["headers"]) == (status == 503)


def test_a_refused_connection_is_answered_in_time():
    handler = load_function("http://127.0.0.1:1")
    started = time.monotonic()
    answer = handler(api_event(body="{}", content_type="application/json"), None)
    assert (answer["statusCode"], json.loads(answer["body"])["error"]) == (503, "ServiceUnavailable")
    assert time.monotonic() - started < MAX_SECONDS
    with pytest.raises(exceptions.EndpointConnectionError):
        handler(SCHEDULED, None)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (exceptions.ConnectTimeoutError(endpoint_url="secret"), 503),
        (exceptions.SSLError(endpoint_url="secret", error="EOF occurred in violation of protocol"), 503),
        (exceptions.SSLError(endpoint_url="secret", error="[SSL: CERTIFICATE_VERIFY_FAILED] self-signed"), 500),
        (exceptions.HTTPClientError(error="secret"), 500),
        (exceptions.NoCredentialsError(), 500),
    ],
)
def test_what_needs_a_person_is_not_called_temporary(dynamodb, monkeypatch, error, status):
    handler = load_function(dynamodb.endpoint)

    def fail(**_arguments):
        raise error

    monkeypatch.setattr(importlib.import_module("table")._dynamodb, "put_item", fail)
    answer = handler(api_event(), None)
    assert answer["statusCode"] == status
    assert "secret" not in answer["body"]


@pytest.mark.parametrize("step", [(400, "ResourceNotFoundException"), THROTTLED, FAILED])
def test_a_failed_schedule_is_raised(step):
    dynamodb = ScriptedDynamoDB()
    handler = load_function(dynamodb.endpoint)
    dynamodb.scripts[SCHEDULED["id"]] = [step] * 9
    with pytest.raises(Exception, match="secret details"):
        handler(SCHEDULED, None)
    assert dynamodb.items == {}
    dynamodb.stop()
