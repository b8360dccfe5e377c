"""Runs the function where neither botocore nor pytest can be imported, as on a Python that they no longer support.

botocore is replaced by the little of it that the function calls; all the rest is the function's own.
"""

import json
import os
import sys
import types
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).parents[2] / "lambda-src"))

from events import SCHEDULED, TIMESTAMP, UNKNOWN, api_event  # noqa: E402

items = {}


class FakeClient:
    def put_item(self, TableName, Item, ReturnConsumedCapacity):
        item = {name: value["S"] for name, value in Item.items()}
        items[item["RequestId"]] = item
        return {"ConsumedCapacity": {}}


class FakeSession:
    def register_component(self, _name, _component):
        pass

    def create_client(self, _service, config):
        return FakeClient()


def add_module(name, **attributes):
    module = types.ModuleType(name)
    vars(module).update(attributes)
    sys.modules[name] = module
    return module


ERRORS = ["ClientError", "ConnectionClosedError", "ConnectionError", "ReadTimeoutError"]
exceptions = add_module("botocore.exceptions", **{name: type(name, (Exception,), {}) for name in ERRORS})
session = add_module("botocore.session", get_session=FakeSession)
add_module("botocore", session=session, __version__="1", exceptions=exceptions)
add_module("botocore.config", Config=dict)
add_module("botocore.loaders", Loader=object)

os.environ["DYNAMODB_TABLE_NAME"] = "requests"
import index  # noqa: E402

JSON = "application/json"
CASES = [
    (api_event(body='{"a": [1, 2.5e3, null]}', content_type=JSON), 200, '{"a": [1, 2.5e3, null]}'),
    (api_event(body=b'{"a": "\xc5\xbe"}', content_type="application/x+json"), 200, '{"a": "ž"}'),
    (api_event(body=b"a=1", content_type="application/x-www-form-urlencoded"), 200, '"a=1"'),
    (api_event(body=b"\xff"), 200, '"/w=="'),
    (api_event(), 200, "{}"),
    (api_event("OPTIONS"), 204, None),
    (api_event(body="[NaN]", content_type=JSON), 400, None),
    (api_event(body="[" * 100_000, content_type=JSON), 400, None),
    (api_event(body="x" * 500_000, content_type="text/plain"), 413, None),
    (SCHEDULED, 200, json.dumps(SCHEDULED)),
]

for event, status, stored in CASES:
    items.clear()
    answer = index.lambda_handler(event, None)
    assert answer["statusCode"] == status, answer
    assert [item["Body"] for item in items.values()] == ([] if stored is None else [stored]), items
    if status == 200 and event is not SCHEDULED:
        assert json.loads(answer["body"])["timestamp"] == TIMESTAMP, answer
for event in UNKNOWN:
    try:
        index.lambda_handler(event, None)
    except index.UnknownEvent:
        continue
    raise AssertionError(f"no error for {event!r}")
