"""The request table."""

import logging
import os

import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.loaders import Loader
from refusal import MAX_ITEM_BYTES, Refusal, too_large

# Storing an item takes much less than the function's 30 s. The worst case is 3 attempts, each with 1 s to connect and
# 2 s without data, and pauses of up to 1 s and 2 s between them: 3 * (1 + 2) + 3 = 12 s.
_CONFIG = Config(
    connect_timeout=1,
    read_timeout=2,
    retries={"mode": "standard", "total_max_attempts": 3},
    tcp_keepalive=True,
    # DynamoDB checks the parameters.
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

# At INFO, Lambda's default, botocore logs the source of its credentials at each cold start.
logging.getLogger("botocore").setLevel(logging.WARNING)


class _DynamoDBLoader(Loader):
    """Reads botocore's data for DynamoDB only, which makes a cold start a fifth shorter.

    botocore then builds the endpoint from the partition's suffix, not from the service's rules.
    """

    def list_available_services(self, type_name):
        # Otherwise botocore lists the folders of several hundred services.
        return ["dynamodb"]

    def load_data_with_path(self, name):
        if name != "endpoints":
            return super().load_data_with_path(name)
        # Otherwise botocore reads the endpoints of all services. DynamoDB's have the same form in each partition.
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
    # botocore loads faster than boto3.
    session = botocore.session.get_session()
    session.register_component("data_loader", _DynamoDBLoader())
    try:
        return session.create_client("dynamodb", config=_CONFIG)
    except Exception:
        # Some endpoints, such as FIPS, and other versions of botocore need all data.
        return botocore.session.get_session().create_client("dynamodb", config=_CONFIG)


_dynamodb = _connect()


def store(attributes):
    """Stores an item with text attributes, except empty ones. Replaces an item with the same RequestId and Timestamp.

    Raises Refusal if the item is too large or the table throttles, and botocore's errors otherwise.
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
    # botocore accepts any content with status 200. DynamoDB's real answer has the requested value.
    if "ConsumedCapacity" not in answer:
        raise RuntimeError("DynamoDB's answer is malformed")


def _storable(text):
    """Returns the text with U+FFFD in place of lone surrogates, which UTF-8 does not have."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
