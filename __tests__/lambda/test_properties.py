"""Whatever a client sends is either stored as it was or refused with a reason."""

import base64
import json
import re

import pytest
from events import api_event
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.slow

PROPERTY = settings(
    max_examples=100, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
ANY_TEXT = st.text(st.characters())
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda children: st.lists(children) | st.dictionaries(TEXT, children),
)
TYPES = st.sampled_from([None, "application/json", "text/plain", "application/x-www-form-urlencoded", "image/png"])


def stored(dynamodb):
    [item] = dynamodb.items.values()
    return item


@PROPERTY
@given(VALUES, st.booleans(), st.booleans())
def test_any_json_value_survives(handler, dynamodb, context, value, is_ascii, is_encoded):
    dynamodb.items.clear()
    body = json.dumps(value, ensure_ascii=is_ascii)
    event = api_event(body=body.encode() if is_encoded else body, content_type="application/json")
    assert handler(event, context)["statusCode"] == 200
    assert json.loads(stored(dynamodb)["Body"]) == value


JSON_LIKE = st.text('[]{}":,\\u0d8 1eNa').map(str.encode)


@PROPERTY
@given(st.binary() | JSON_LIKE, TYPES)
def test_any_bytes_are_stored_or_refused_with_a_reason(handler, dynamodb, context, body, content_type):
    dynamodb.items.clear()
    answer = handler(api_event(body=body, content_type=content_type), context)
    if answer["statusCode"] != 200:
        assert (answer["statusCode"], content_type) == (400, "application/json")
        assert json.loads(answer["body"])["message"].startswith("The body is not ")
        assert dynamodb.items == {}
        return
    item = stored(dynamodb)
    value = json.loads(item["Body"])
    if not body:
        assert item["Body"] == "{}"
    elif item.get("BodyEncoding") == "base64":
        assert base64.b64decode(value) == body
    elif content_type in ("text/plain", "application/x-www-form-urlencoded"):
        assert value.encode() == body
    else:
        # JSON as it was sent, or what is none as a string.
        assert item["Body"].encode() == body.strip(b" \t\n\r") or (content_type is None and value.encode() == body)


@PROPERTY
@given(ANY_TEXT, ANY_TEXT, ANY_TEXT)
def test_any_path_query_and_header_is_stored(handler, dynamodb, context, path, query, agent):
    dynamodb.items.clear()
    event = api_event("GET", "/" + path, rawQueryString=query, headers={"user-agent": agent})
    assert handler(event, context)["statusCode"] == 200
    item = stored(dynamodb)
    for name, sent in [("Path", "/" + path), ("QueryString", query), ("UserAgent", agent)]:
        # Two halves that meet are a character.
        whole = re.sub("[\ud800-\udbff][\udc00-\udfff]", lambda pair: json.loads(json.dumps(pair.group())), sent)
        assert item.get(name, "") == re.sub("[\ud800-\udfff]", "\ufffd", whole)
