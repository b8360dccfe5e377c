"""Completes DynamoDB Streams."""

from typing import NamedTuple

from moto.core.exceptions import JsonRESTError
from moto.dynamodb.models.table import StreamRecord, StreamShard
from moto.dynamodbstreams.models import DynamoDBStreamsBackend

# AWS keeps a record for a day.
_MAX_RECORDS = 10_000


class _Iterator(NamedTuple):
    """A shard iterator. moto reads this attribute."""

    arn: str


def keep_iterators_in_their_text():
    """moto keeps each iterator and each record for ever. It writes a record without a change, and a fixed region."""
    make_record, add = StreamRecord.__init__, StreamShard.add

    def make_complete_record(self, table, *others):
        make_record(self, table, *others)
        self.record.update({"awsRegion": table.region_name, "eventVersion": "1.1"})

    def add_change(self, old, new):
        if old is not None and new is not None and old.to_json() == new.to_json():
            return
        add(self, old, new)
        excess = len(self.items) - _MAX_RECORDS
        if excess > 0:
            del self.items[:excess]
            self.starting_sequence_number += excess

    StreamRecord.__init__, StreamShard.add = make_complete_record, add_change
    DynamoDBStreamsBackend.get_shard_iterator = _get_shard_iterator
    DynamoDBStreamsBackend.get_records = _get_records


def _get_shard_iterator(self, arn, shard_id, shard_iterator_type, sequence_number=None):
    shard = _shard(self, arn)
    if shard.id != shard_id:
        raise JsonRESTError("ResourceNotFoundException", f"Requested resource not found: Shard {shard_id}")
    first = shard.starting_sequence_number
    if shard_iterator_type == "TRIM_HORIZON":
        number = first
    elif shard_iterator_type == "LATEST":
        number = first + len(shard.items)
    else:
        number = sequence_number + (shard_iterator_type == "AFTER_SEQUENCE_NUMBER")
    return _Iterator(f"{arn}|1|{number}")


def _get_records(self, iterator_arn, limit):
    arn, _, number = iterator_arn.rsplit("|", 2)
    shard, number = _shard(self, arn), int(number)
    if number < shard.starting_sequence_number:
        message = "The operation attempted to read past the oldest stream record in a shard."
        raise JsonRESTError("TrimmedDataAccessException", message)
    records = shard.get(number, limit)
    return {"NextShardIterator": f"{arn}|1|{number + len(records)}", "Records": records}


def _shard(backend, arn):
    table = backend._get_table_from_arn(arn)
    if table.stream_shard is None or arn.rpartition("/")[2] != table.latest_stream_label:
        raise JsonRESTError("ResourceNotFoundException", f"Requested resource not found: Stream: {arn} not found")
    return table.stream_shard
