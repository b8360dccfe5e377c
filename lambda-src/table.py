"""The request table."""

import logging
import os
import re

from botocore import __version__, exceptions
from botocore.config import Config
from dynamodb import connect
from refusal import MAX_ITEM_BYTES, Refusal, too_large

_TABLE_NAME = os.environ.get("DYNAMODB_TABLE_NAME")
if not _TABLE_NAME:
    raise RuntimeError("DYNAMODB_TABLE_NAME is not set; name the request table in the function's environment")

# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
_THROTTLED = re.compile("LimitExceeded|ThroughputExceeded|Throttling")
_UNREACHABLE = (exceptions.ConnectionError, exceptions.ConnectionClosedError, exceptions.ReadTimeoutError)

# botocore logs the source of its credentials at INFO, Lambda's default, at each cold start.
logging.getLogger("botocore").setLevel(logging.WARNING)

_dynamodb = connect(
    Config(
        # Three attempts of at most 3 s, and two pauses of at most 3 s together, take 12 s at most.
        connect_timeout=1,
        read_timeout=2,
        retries={"mode": "standard", "total_max_attempts": 3},
        tcp_keepalive=True,
        # botocore's own one takes a tenth of a request's CPU time.
        user_agent=f"Botocore/{__version__}",
        # DynamoDB checks the parameters.
        parameter_validation=False,
    )
)


def store(attributes):
    """Stores an item with text attributes, except empty ones. Replaces an item with the same RequestId and Timestamp.

    Raises Refusal: 413 if the item is too large, 503 after a fault that passes by itself; else botocore's errors.
    """
    # UTF-8 has no lone surrogates. U+FFFD replaces them.
    texts = {k: v.encode("utf-16", "surrogatepass").decode("utf-16", "replace") for k, v in attributes.items() if v}
    size = sum(len(name) + len(value.encode("utf-8")) for name, value in texts.items())
    if size > MAX_ITEM_BYTES:
        raise too_large(f"The item would have {size} bytes")
    item = {name: {"S": value} for name, value in texts.items()}
    try:
        answer = _dynamodb.put_item(TableName=_TABLE_NAME, Item=item, ReturnConsumedCapacity="TOTAL")
    except exceptions.ClientError as error:
        if _THROTTLED.search(error.response["Error"]["Code"]):
            raise Refusal(503, "The table takes no more at the moment; try again") from error
        if error.response["ResponseMetadata"]["HTTPStatusCode"] >= 500:
            raise Refusal(503, "The table fails at the moment; try again") from error
        raise
    except _UNREACHABLE as error:
        # A certificate that is not trusted needs a person.
        if "CERTIFICATE_VERIFY_FAILED" in str(error):
            raise
        raise Refusal(503, "The table cannot be reached at the moment; try again") from error
    # botocore accepts any content with status 200. DynamoDB's answer has the requested value.
    if "ConsumedCapacity" not in answer:
        raise RuntimeError("DynamoDB's answer is malformed")
