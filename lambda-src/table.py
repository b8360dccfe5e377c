"""The request table."""

# ruff: noqa: E402

import gc
import logging
import os

_TABLE_NAME = os.environ.get("DYNAMODB_TABLE_NAME")
if not _TABLE_NAME:
    raise RuntimeError("DYNAMODB_TABLE_NAME is not set; name the request table in the function's environment")

# Loading botocore leaves no garbage; looking for it, then or later, would make a cold start a tenth longer.
gc.disable()

import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError, SSLError
from botocore.exceptions import ConnectionError as ConnectError
from botocore.loaders import Loader
from deadline import call_until
from refusal import MAX_ITEM_BYTES, item_too_large, try_again

# These limits leave time for another attempt. They do not bound the whole: the first one is for each address of the
# name, the second one for each read, even of one byte, and resolving the name has none. The deadline bounds the whole.
_CONFIG = Config(
    connect_timeout=1,
    read_timeout=2,
    retries={"mode": "standard", "total_max_attempts": 3},
    tcp_keepalive=True,
    # botocore's own one is longer, and built twice for each request, which takes a tenth of its CPU time.
    user_agent=f"Botocore/{botocore.__version__}",
    # DynamoDB checks the parameters.
    parameter_validation=False,
)

# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
_THROTTLED = {
    "LimitExceededException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ThrottlingException",
}

_UNREACHABLE = (ConnectError, ConnectionClosedError, ReadTimeoutError, TimeoutError)

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
# What is loaded counts as old, as if it had been looked through already.
gc.freeze()
gc.unfreeze()
gc.enable()


def store(attributes, deadline):
    """Stores an item with text attributes, except empty ones. Replaces an item with the same RequestId and Timestamp.

    Raises Refusal if the item is too large, or with status 503 after a fault that passes by itself, and botocore's
    errors otherwise. After the deadline, the call goes on. That is harmless: it has a connection of its own, and it
    stores late what a repeated event stores, too.
    """
    item = {name: _storable(value) for name, value in attributes.items() if value}
    size = sum(len(name) + len(value.encode("utf-8")) for name, value in item.items())
    if size > MAX_ITEM_BYTES:
        raise item_too_large(size)
    try:
        answer = call_until(
            deadline,
            lambda: _dynamodb.put_item(
                TableName=_TABLE_NAME,
                Item={name: {"S": value} for name, value in item.items()},
                ReturnConsumedCapacity="TOTAL",
            ),
        )
    except ClientError as error:
        code, message = error.response["Error"]["Code"], error.response["Error"]["Message"]
        if code in _THROTTLED:
            raise try_again("The table takes no more at the moment") from error
        if error.response["ResponseMetadata"]["HTTPStatusCode"] >= 500:
            raise try_again("The table fails at the moment") from error
        if code == "ValidationException" and "Item size" in message:
            raise item_too_large(size) from error
        raise
    except _UNREACHABLE as error:
        # A certificate that is not trusted needs a person.
        if isinstance(error, SSLError) and "CERTIFICATE_VERIFY_FAILED" in str(error):
            raise
        raise try_again("The table cannot be reached at the moment") from error
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
