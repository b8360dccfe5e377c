"""Restores tables to a point in time. moto copies the present items, without a time and without a wait.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/pointintimerecovery_restores.html
"""

import copy
import time
from collections import deque
from datetime import datetime, timezone

from moto.dynamodb.exceptions import DynamodbException, PointInTimeRecoveryUnavailable
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import RestoredPITTable, Table
from moto.dynamodb.responses import DynamoHandler, DynamoResult

# AWS takes minutes to hours. This is enough to see that a caller waits.
_SECONDS = 2

# The changes of a table that can be undone. The earliest time of a restore follows from it.
_MAX_CHANGES = 100_000


class _Changes(deque):
    """The items before each change, with its time and the item's keys."""

    def __deepcopy__(self, memo):
        # A transaction copies the tables, to be able to put them back. It has no effect to undo a change that was put
        # back.
        return self


def restore_tables_to_a_point_in_time():
    _note_changes()
    RestoredPITTable.describe = _describe_restored
    describe = DynamoDBBackend.describe_continuous_backups

    def describe_continuous_backups(self, table_name):
        recovery = _recovery(self.get_table(table_name)) if table_name in self.tables else {}
        if "EarliestRestorableDateTime" in recovery:
            # On AWS, this is about five minutes ago.
            recovery["LatestRestorableDateTime"] = max(int(time.time()), recovery["EarliestRestorableDateTime"])
        return describe(self, table_name)

    def restore_table_to_point_in_time(self):
        backend, body = self.dynamodb_backend, self.body
        name = body.get("SourceTableName") or body.get("SourceTableArn", "").rpartition("/")[2]
        target = body["TargetTableName"]
        if name in backend.tables and target not in backend.tables:
            when = _check_time(backend, name, body.get("RestoreDateTime"))
        restored = backend.restore_table_to_point_in_time(target, name)
        source = backend.get_table(name)
        restored.billing_mode = source.billing_mode
        restored.sse_specification = copy.deepcopy(source.sse_specification)
        restored.restore_date_time = datetime.fromtimestamp(when, timezone.utc).replace(tzinfo=None)
        restored.ready_at = time.time() + _SECONDS
        _undo(restored.items, source, when)
        return DynamoResult(restored.describe())

    DynamoDBBackend.describe_continuous_backups = describe_continuous_backups
    DynamoHandler.restore_table_to_point_in_time = restore_table_to_point_in_time


def _check_time(backend, name, wanted):
    recovery = backend.describe_continuous_backups(name)["PointInTimeRecoveryDescription"]
    if recovery["PointInTimeRecoveryStatus"] != "ENABLED":
        raise PointInTimeRecoveryUnavailable(name)
    # moto reads a time as one of UTC, without saying so.
    when = recovery["LatestRestorableDateTime"] if wanted is None else wanted.replace(tzinfo=timezone.utc).timestamp()
    if not int(recovery["EarliestRestorableDateTime"]) <= when <= recovery["LatestRestorableDateTime"]:
        error = "com.amazonaws.dynamodb.v20120810#InvalidRestoreTimeException"
        raise DynamodbException(error, f"The restore time {when} is outside of the restorable times of table '{name}'")
    return when


def _describe_restored(self, base_key="TableDescription"):
    result = Table.describe(self, base_key)
    in_progress = time.time() < getattr(self, "ready_at", 0)
    result[base_key]["RestoreSummary"] = {
        "SourceTableArn": self.source_table_arn,
        "RestoreDateTime": self.restore_date_time,
        "RestoreInProgress": in_progress,
    }
    if in_progress:
        result[base_key]["TableStatus"] = "CREATING"
    return result


def _note_changes():
    put, delete, update = Table.put_item, Table.delete_item, DynamoDBBackend.update_item

    def put_item(self, item_attrs, *args, **kwargs):
        _note(self, item_attrs)
        return put(self, item_attrs, *args, **kwargs)

    def delete_item(self, hash_key, range_key):
        _note_key(self, hash_key, range_key)
        return delete(self, hash_key, range_key)

    def update_item(self, table_name, key, *args, **kwargs):
        _note(self.get_table(table_name), key)
        return update(self, table_name, key, *args, **kwargs)

    Table.put_item, Table.delete_item, DynamoDBBackend.update_item = put_item, delete_item, update_item


def _note(table, attributes):
    if isinstance(attributes, dict) and all(name in attributes for name in table.table_key_attrs):
        keys = [DynamoType(attributes[name]) for name in table.table_key_attrs]
        _note_key(table, *keys)


def _note_key(table, hash_key, range_key=None):
    recovery = _recovery(table)
    if recovery["PointInTimeRecoveryStatus"] != "ENABLED":
        return
    changes = table.__dict__.setdefault("changes", _Changes())
    # moto changes an item in place.
    changes.append((time.time(), hash_key, range_key, copy.deepcopy(_item(table.items, hash_key, range_key))))
    if len(changes) > _MAX_CHANGES:
        recovery["EarliestRestorableDateTime"] = changes.popleft()[0]


def _undo(items, source, when):
    for changed, hash_key, range_key, old in reversed(getattr(source, "changes", ())):
        if changed <= when:
            return
        within, key = (items, hash_key) if range_key is None else (items[hash_key], range_key)
        if old is None:
            within.pop(key, None)
        else:
            within[key] = copy.deepcopy(old)


def _item(items, hash_key, range_key):
    found = items.get(hash_key)
    return found if range_key is None or found is None else found.get(range_key)


def _recovery(table):
    return table.continuous_backups["PointInTimeRecoveryDescription"]
