"""The function, loaded as Lambda loads it, with a DynamoDB that follows a script."""

import importlib
import os
import sys
from pathlib import Path

import pytest
from scripted_dynamodb import ScriptedDynamoDB

SOURCE = Path(__file__).parents[2] / "lambda-src"
MODULES = [path.stem for path in SOURCE.glob("*.py")]

sys.path.insert(0, str(SOURCE))


def load_function(endpoint):
    """Imports the function's modules anew."""
    # Whatever else is set on this machine, such as a profile, would lead elsewhere.
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update(
        DYNAMODB_TABLE_NAME="requests",
        AWS_DEFAULT_REGION="us-west-2",
        AWS_ACCESS_KEY_ID="test",
        AWS_SECRET_ACCESS_KEY="test",
        AWS_ENDPOINT_URL=endpoint,
    )
    for name in MODULES:
        sys.modules.pop(name, None)
    return importlib.import_module("index").lambda_handler


@pytest.fixture(scope="session")
def dynamodb():
    server = ScriptedDynamoDB()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def handler(dynamodb):
    return load_function(dynamodb.endpoint)


class Context:
    aws_request_id = "8f5b1a4e-0000-4000-8000-000000000000"

    def __init__(self, remaining_seconds=30):
        self._remaining_seconds = remaining_seconds

    def get_remaining_time_in_millis(self):
        return int(self._remaining_seconds * 1000)


@pytest.fixture(scope="session")
def context():
    return Context()
