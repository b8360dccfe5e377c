"""The request table."""

import logging
import os

import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.loaders import Loader
from refusal import MAX_ITEM_BYTES, Refusal, too_large

# An item is stored, or given up, well inside of the function's 30 s. At worst there are 3 attempts, each of 1 s to
# connect and 2 s without a byte of the answer, and between them pauses of at most 1 s and 2 s: 3 * (1 + 2) + 3 = 12 s.
_CONFIG = Config(
    connect_timeout=1,
    read_timeout=2,
    retries={"mode": "standard", "total_max_attempts": 3},
    tcp_keepalive=True,
    # Every parameter is made here, and DynamoDB checks it all the same.
    parameter_validation=False,
)

_THROTTLED = {
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ThrottlingException",
}

_TABLE_NAME = os.environ.get("DYNAMODB_TABLE_NAME")
if not _TABLE_NAME:
    raise RuntimeError("DYNAMODB_TABLE_NAME is not set; name the request table in the function's environment")

# At INFO, which is Lambda's default, botocore tells at each cold start where it found its credentials.
logging.getLogger("botocore").setLevel(logging.WARNING)


class _DynamoDBLoader(Loader):
    """Reads of botocore's data what this one service needs, which makes a cold start a fifth shorter.

    The endpoint is then formed from the partition's suffix, and not by the service's own rules.
    """

    def list_available_services(self, type_name):
        # Otherwise it looks into the folders of several hundred services.
        return ["dynamodb"]

    def load_data_with_path(self, name):
        if name != "endpoints":
            return super().load_data_with_path(name)
        # Otherwise it reads the endpoints of all services; DynamoDB's have the same form in each partition.
        partitions = self.load_data("partitions")["partitions"]
        return {"version": 3, "partitions": [_endpoints(partition) for partition in partitions]}, ""


def _endpoints(partition):
    return {
        "partition": partition["id"],
        "regionRegex": partition["regionRegex"],
        "dnsSuffix": partition["outputs"]["dnsSuffix"],
        "defaults": {
            "hostname": "{service}.{region}.{dnsSuffix}",
            "protocols": ["https"],
            "signatureVersions": ["v4"],
        },
        "regions": {},
        "services": {},
    }


def _connect():
    # botocore is all of boto3 that is needed, and loads in less time.
    session = botocore.session.get_session()
    session.register_component("data_loader", _DynamoDBLoader())
    try:
        return session.create_client("dynamodb", config=_CONFIG)
    except Exception:
        # Another kind of endpoint, such as FIPS, or another botocore needs the whole of the data.
        return botocore.session.get_session().create_client("dynamodb", config=_CONFIG)


_dynamodb = _connect()


def store(attributes):
    """Stores one item, given by its attributes, which are all text; one without text is left out.

    An item with the same RequestId and Timestamp is replaced, so that storing again changes nothing.
    Raises Refusal where the item is too large or the table throttles, and botocore's errors otherwise.
    """
    item = {name: _storable(value) for name, value in attributes.items() if value}
    size = sum(len(name) + len(value.encode("utf-8")) for name, value in item.items())
    if size > MAX_ITEM_BYTES:
        raise too_large(size)
    try:
        answer = _dynamodb.put_item(
            TableName=_TABLE_NAME,
            Item={name: {"S": value} for name, value in item.items()},
            ReturnConsumedCapacity="TOTAL",
        )
    except ClientError as error:
        code, message = error.response["Error"]["Code"], error.response["Error"]["Message"]
        if code in _THROTTLED:
            raise Refusal(503, "ServiceUnavailable", "The table takes no more at the moment; try again") from error
        if code == "ValidationException" and "Item size" in message:
            raise too_large(size) from error
        raise
    # botocore takes whatever comes with status 200 for success; DynamoDB's own answer tells what was asked for.
    if "ConsumedCapacity" not in answer:
        raise RuntimeError("DynamoDB's answer is malformed")


def _storable(text):
    """The text, with U+FFFD for each half of a character, which UTF-8 does not have."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
