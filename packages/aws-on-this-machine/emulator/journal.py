"""Keeps the calls of functions, and the keys of the items that were written last.

GET /_emulator/calls?root=1-... returns the calls with this root in X-Amzn-Trace-Id, which botocore sends in functions.
GET /_emulator/written?table=NAME&limit=100 returns the keys of a table's items, the last written one first.
"""

import time
from collections import OrderedDict
from threading import Lock
from typing import NamedTuple, Optional

from moto.core import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends
from request_check import CALL, PARAMETERS, json_response
from service_models import region_of
from werkzeug.wrappers import Request

CALLS, WRITTEN = "/_emulator/calls", "/_emulator/written"

_MAX_TRACES = 5_000
_MAX_CALLS_OF_TRACE = 100
_MAX_CALLS = 50_000
_MAX_KEYS_OF_TABLE = 1_000

# The parameters that name a resource, the most telling one first.
_NAMES = (
    *(
        "TableName",
        "QueueUrl",
        "Bucket",
        "FunctionName",
        "TopicArn",
        "TargetArn",
        "StreamName",
        "StreamARN",
        "StreamArn",
    ),
    *("DeliveryStreamName", "stateMachineArn", "logGroupName", "SecretId", "KeyId", "QueueName", "Name"),
)


class _Access(NamedTuple):
    """An access to an item, or to a resource that holds no items."""

    resource: str
    key: Optional[dict] = None
    is_write: bool = False
    is_deletion: bool = False


class Journal:
    """A WSGI application that passes all on to another one."""

    def __init__(self, application):
        self._application = application
        self._lock = Lock()
        self._traces, self._count = OrderedDict(), 0
        self._written = {}

    def __call__(self, environ, start_response):
        if environ["PATH_INFO"] in (CALLS, WRITTEN):
            return self._report(Request(environ))(environ, start_response)
        started = time.time()

        def note(status, *others):
            call = environ.get(CALL)
            if call is not None:
                self._note(environ, call, int(status[:3]), started)
            return start_response(status, *others)

        return self._application(environ, note)

    def _note(self, environ, call, status, started):
        service = call.operation.service_model.service_name
        root = _root(environ.get("HTTP_X_AMZN_TRACE_ID", ""))
        if not root and service != "dynamodb":
            return
        parameters = environ.get(PARAMETERS) or {}
        try:
            accesses = list(_accesses(service, call.operation.name, parameters, environ))
        except (AttributeError, KeyError, TypeError):
            # AWS refuses these parameters, and so does moto.
            accesses = [_Access("")]
        with self._lock:
            for access in accesses:
                if access.is_write and status < 300:
                    self._keep_written(access)
            if root:
                self._keep_calls(root, service, call.operation.name, status, started, accesses)

    def _keep_calls(self, root, service, operation, status, started, accesses):
        calls = self._traces.setdefault(root, [])
        duration = round((time.time() - started) * 1000, 1)
        for resource, key, *_ in accesses[: _MAX_CALLS_OF_TRACE - len(calls)]:
            calls.append((service, operation, resource, status, key, round(started * 1000), duration))
            self._count += 1
        while len(self._traces) > _MAX_TRACES or self._count > _MAX_CALLS:
            self._count -= len(self._traces.popitem(last=False)[1])

    def _keep_written(self, access):
        keys = self._written.setdefault(access.resource, OrderedDict())
        if access.key is None:
            # The table itself is deleted.
            del self._written[access.resource]
            return
        identity = repr(sorted(access.key.items()))
        keys.pop(identity, None)
        if not access.is_deletion:
            keys[identity] = access.key
            if len(keys) > _MAX_KEYS_OF_TABLE:
                keys.popitem(last=False)

    def _report(self, request):
        if request.method != "GET":
            return json_response({"message": "Use GET."}, 405)
        with self._lock:
            if request.path == CALLS:
                names = ("service", "operation", "resource", "status", "key", "time", "duration")
                calls = self._traces.get(request.args.get("root"), ())
                return json_response({"calls": [_without_none(zip(names, call)) for call in calls]})
            keys = self._written.get(request.args.get("table"), {}).values()
            limit = request.args.get("limit", 100, type=int)
            return json_response({"keys": list(reversed(keys))[:limit]})


def _root(header):
    """https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader"""
    fields = (field.strip().partition("=") for field in header.split(";"))
    return next((value for name, _, value in fields if name.lower() == "root"), "")


def _accesses(service, operation, parameters, environ):
    if service != "dynamodb":
        named = (parameters[name] for name in _NAMES if name in parameters)
        yield _Access(_short(service, next(named, "")))
        return
    region = region_of(environ)
    if operation == "BatchWriteItem":
        for table, requests in parameters["RequestItems"].items():
            for request in requests:
                yield _item_access(table, region, request.get("PutRequest") or request["DeleteRequest"])
    elif operation == "BatchGetItem":
        for table, keys in parameters["RequestItems"].items():
            yield from (_Access(_short(service, table), key) for key in keys["Keys"])
    elif operation in ("TransactWriteItems", "TransactGetItems"):
        for item in parameters["TransactItems"]:
            kind, request = next(iter(item.items()))
            yield _item_access(request["TableName"], region, request, kind)
    elif "TableName" in parameters:
        yield _item_access(parameters["TableName"], region, parameters, operation)
    else:
        yield _Access("")


def _item_access(table, region, request, operation=None):
    """Operations are named as AWS names them, without or with Item at their end. A request of a batch has no name."""
    table = _short("dynamodb", table)
    kind = (operation or ("Put" if "Item" in request else "Delete")).replace("Item", "")
    if kind == "Put":
        schema = dynamodb_backends[DEFAULT_ACCOUNT_ID][region].tables.get(table)
        attributes = schema.table_key_attrs if schema else ()
        return _Access(table, {name: request["Item"][name] for name in attributes} or None, bool(schema))
    if kind == "DeleteTable":
        return _Access(table, None, True)
    return _Access(table, request.get("Key"), kind in ("Update", "Delete"), kind == "Delete")


def _short(service, name):
    """The name of a resource that a request names by its name, its ARN or its URL."""
    if not isinstance(name, str):
        return ""
    if service == "lambda":
        return name.rpartition("function:")[2].partition(":")[0]
    if name.startswith("arn:"):
        return name.split(":", 5)[-1].rpartition("/")[2].rpartition(":")[2]
    return name.rpartition("/")[2] if "://" in name else name


def _without_none(pairs):
    return {name: value for name, value in pairs if value is not None}
