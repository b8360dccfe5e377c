"""What comes of each fault of the table: the answer, the time that it takes, and that nothing is half-stored."""

import json
import threading
import time

import pytest
from conftest import load_function
from events import SCHEDULED, api_event
from scripted_dynamodb import ScriptedDynamoDB

pytestmark = pytest.mark.slow

# The function's own limit is 30 s; this is the worst case that table.py computes, and a little for a slow machine.
MAX_SECONDS = 14
THROTTLED = (400, "ProvisionedThroughputExceededException")
FAILED = (500, "InternalServerError")

# By fault: what the calls are answered, and what the client is.
FAULTS = {
    "throttled-once": ([THROTTLED], 200),
    "throttled-for-ever": ([THROTTLED] * 9, 503),
    "failed-once": ([FAILED], 200),
    "failed-for-ever": ([FAILED] * 9, 500),
    "hangs-once": (["hang"], 200),
    "hangs-for-ever": (["hang"] * 9, 500),
    "malformed-answer": (["garbage"] * 9, 500),
    "table-missing": ([(400, "ResourceNotFoundException")], 500),
    "credentials-expired": ([(400, "ExpiredTokenException")], 500),
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
        answer = handler(api_event(body='{"a": 1}', content_type="application/json", request_id=fault), None)
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
    is_stored = any(request_id == fault for request_id, _timestamp in dynamodb.items)
    assert is_stored == (status == 200)
    assert dynamodb.calls.count(fault) <= 3
    assert ("Retry-After" in answer["headers"]) == (status == 503)


def test_a_refused_connection_is_answered_in_time():
    handler = load_function("http://127.0.0.1:1")
    started = time.monotonic()
    answer = handler(api_event(body="{}", content_type="application/json"), None)
    assert (answer["statusCode"], json.loads(answer["body"])["error"]) == (500, "InternalServerError")
    assert time.monotonic() - started < MAX_SECONDS
    with pytest.raises(Exception, match="Could not connect"):
        handler(SCHEDULED, None)


@pytest.mark.parametrize("step", [(400, "ResourceNotFoundException"), (400, "ProvisionedThroughputExceededException")])
def test_a_failed_schedule_is_raised(step):
    dynamodb = ScriptedDynamoDB()
    handler = load_function(dynamodb.endpoint)
    dynamodb.scripts[SCHEDULED["id"]] = [step] * 9
    with pytest.raises(Exception, match=r"secret details|takes no more"):
        handler(SCHEDULED, None)
    assert dynamodb.items == {}
    dynamodb.stop()
