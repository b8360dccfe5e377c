"""Records of Firehose streams that a function transforms.

As on AWS, a request that puts records does not wait for the function. Records that arrive meanwhile are a batch.
"""

import base64
import json
import sys
import time
from threading import Thread

from invocations.invoke import has_failed, send
from invocations.process import PROCESS
from invocations.target import find_target_of_arn
from moto.moto_api._internal import mock_random
from moto.utilities.arns import parse_arn
from serving.one_at_a_time import turn

# The defaults of the processor's parameters BufferSizeInMBs and NumberOfRetries.
_MAX_BYTES = 1024 * 1024
_ATTEMPTS = 4

# The records of each stream, from their arrival to their delivery.
_waiting = {}


def transform(stream_arn, function_arn, records, deliver, deliver_failed):
    """Gives records to a function. Delivers them as they are if no process runs functions.

    `deliver` takes the function's records, and `deliver_failed` the type of an error and its lines.
    """
    if not PROCESS.is_registered:
        return deliver(records)
    waiting = _waiting.setdefault(stream_arn, [])
    is_idle = not waiting
    waiting.extend((str(mock_random.uuid4()), int(time.time() * 1000), record) for record in records)
    if is_idle:
        args = (stream_arn, function_arn, waiting, deliver, deliver_failed)
        Thread(target=_transform_all, args=args, daemon=True).start()
    return None


def _transform_all(stream_arn, function_arn, waiting, deliver, deliver_failed):
    while waiting:
        batch = _next_batch(waiting)
        results, failure = _invoke(stream_arn, function_arn, batch)
        with turn():
            try:
                _deliver(batch, results, {**failure, "lambdaArn": function_arn}, deliver, deliver_failed)
            except Exception as reason:
                print(f"{stream_arn} did not deliver {len(batch)} records: {reason!r}", file=sys.stderr)
            # The last of them ends this thread, and the next record starts another one.
            del waiting[: len(batch)]
            if not waiting:
                return


def _next_batch(waiting):
    size, batch = 0, []
    for each in list(waiting):
        size += len(each[2])
        if batch and size > _MAX_BYTES:
            break
        batch.append(each)
    return batch


def _invoke(stream_arn, function_arn, batch):
    """The results by the records' ids, and what the lines of failed records have in common.

    https://docs.aws.amazon.com/firehose/latest/dev/data-transformation.html
    """
    attempt, code, message = 1, "Lambda.ProcessingFailedStatus", ""
    try:
        with turn():
            target = find_target_of_arn(function_arn)
        payload = json.dumps(_event(stream_arn, parse_arn(function_arn).region, batch))
        for attempt in range(1, _ATTEMPTS + 1):
            time.sleep(attempt - 1)
            answer = send(target, "RequestResponse", payload, "firehose.amazonaws.com", stream_arn)
            # Only an invocation that Lambda refuses is repeated, as one beyond the limit of concurrent ones.
            if answer.status == 200:
                break
        if has_failed(answer):
            raise ValueError(answer.body.decode("utf-8", "replace"))
        results = {each["recordId"]: each for each in json.loads(answer.body)["records"]}
    except Exception as reason:
        results, code, message = {}, "Lambda.FunctionError", str(reason)
    return results, {"attemptsMade": attempt, "errorCode": code, "errorMessage": message}


def _event(stream_arn, region, batch):
    records = [
        {"recordId": name, "approximateArrivalTimestamp": arrival, "data": base64.b64encode(data).decode()}
        for name, arrival, data in batch
    ]
    event = {"invocationId": str(mock_random.uuid4()), "deliveryStreamArn": stream_arn, "region": region}
    return {**event, "records": records}


def _deliver(batch, results, failure, deliver, deliver_failed):
    transformed, failed = [], []
    for name, arrival, data in batch:
        result = results.get(name, {})
        new_data = _data(result)
        if new_data is not None:
            transformed.append(new_data)
        elif result.get("result") != "Dropped":
            ending = int(time.time() * 1000)
            raw = base64.b64encode(data).decode()
            failed.append({**failure, "arrivalTimestamp": arrival, "attemptEndingTimestamp": ending, "rawData": raw})
    if transformed:
        deliver(transformed)
    if failed:
        deliver_failed("processing-failed", failed)


def _data(result):
    """The data of a transformed record; None without readable data, which AWS treats as a failure."""
    try:
        return base64.b64decode(result["data"]) if result.get("result") == "Ok" else None
    except (KeyError, TypeError, ValueError):
        return None
