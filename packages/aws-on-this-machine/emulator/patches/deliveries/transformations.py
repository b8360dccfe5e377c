"""Records of Firehose streams that a function transforms.

As on AWS, a request that puts records does not wait for the function. Records that arrive meanwhile are a batch.
"""

import base64
import json
import sys
import time
from threading import Thread

from invocations.invoke import send
from invocations.process import PROCESS
from invocations.target import find_target
from moto.awslambda.models import lambda_backends
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
        try:
            results, error = _invoke(stream_arn, function_arn, batch), ("Lambda.ProcessingFailedStatus", "")
        except Exception as reason:
            results, error = {}, ("Lambda.FunctionError", str(reason))
        with turn():
            try:
                _deliver(batch, results, (*error, function_arn), deliver, deliver_failed)
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
    """The results by the records' ids: https://docs.aws.amazon.com/firehose/latest/dev/data-transformation.html"""
    arn = parse_arn(function_arn)
    target = find_target(lambda_backends[arn.account][arn.region], function_arn)
    records = [
        {"recordId": name, "approximateArrivalTimestamp": arrival, "data": base64.b64encode(data).decode()}
        for name, arrival, data in batch
    ]
    event = {"invocationId": str(mock_random.uuid4()), "deliveryStreamArn": stream_arn, "region": arn.region}
    payload = json.dumps({**event, "records": records})
    for attempt in range(_ATTEMPTS):
        time.sleep(attempt)
        answer = send(target, "RequestResponse", payload, "firehose.amazonaws.com", stream_arn)
        # Only an invocation that Lambda refuses is repeated, as one beyond the limit of concurrent ones.
        if answer.status == 200:
            break
    if answer.status != 200 or "x-amz-function-error" in answer.headers:
        raise ValueError(answer.body.decode("utf-8", "replace"))
    return {each["recordId"]: each for each in json.loads(answer.body)["records"]}


def _deliver(batch, results, error, deliver, deliver_failed):
    code, message, function_arn = error
    transformed, failed = [], []
    for name, arrival, data in batch:
        result = results.get(name, {})
        if result.get("result") == "Ok":
            transformed.append(base64.b64decode(result["data"]))
        elif result.get("result") != "Dropped":
            line = {"attemptsMade": 1, "arrivalTimestamp": arrival, "errorCode": code, "errorMessage": message}
            line |= {"attemptEndingTimestamp": int(time.time() * 1000), "rawData": base64.b64encode(data).decode()}
            failed.append({**line, "lambdaArn": function_arn})
    if transformed:
        deliver(transformed)
    if failed:
        deliver_failed("processing-failed", failed)
