"""Calls the deployed recipes' functions with the events that AWS sends: call_recipes.py <folder of the application>."""

import contextlib
import importlib.util
import io
import json
import os
import sys

import boto3

APPLICATION = sys.argv[1]
DYNAMODB = boto3.resource("dynamodb")


def load(function, file):
    """Loads a module with the variables of a deployed function."""
    configuration = boto3.client("lambda").get_function_configuration(FunctionName=function)
    os.environ.update(configuration["Environment"]["Variables"] if "Environment" in configuration else {})
    spec = importlib.util.spec_from_file_location(f"{function}_code", os.path.join(APPLICATION, file))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def call(function, event):
    """The answer of a function, and its log."""
    log = io.StringIO()
    with contextlib.redirect_stdout(log), contextlib.redirect_stderr(log):
        answer = load(function, f"{function}/index.py").lambda_handler(event, None)
    return answer, log.getvalue()


def failed(*ids):
    return {"batchItemFailures": [{"itemIdentifier": each} for each in ids]}


def get(key):
    return {"pathParameters": {"id": key}}


item = {"RequestId": "r1", "Timestamp": "2026-01-01T00:00:00Z", "Path": "/"}
DYNAMODB.Table("RequestDataTable").put_item(Item=item)
answer, _ = call("order-reader", get("r1"))
assert (answer["statusCode"], json.loads(answer["body"])) == (200, [item]), answer
assert call("order-reader", get("r2"))[0]["statusCode"] == 404

carts = [{"CartId": f"c{day}", "CustomerId": "m1", "ChangedAt": f"2026-01-0{day}", "Sum": day} for day in (1, 2)]
for cart in carts:
    DYNAMODB.Table("carts").put_item(Item=cart)
answer, _ = call("cart-reader", get("m1"))
assert [cart["CartId"] for cart in json.loads(answer["body"])] == ["c2", "c1"], answer

messages = [{"messageId": "m1", "body": '{"to": "a", "text": "b"}'}, {"messageId": "m2", "body": "broken"}]
answer, log = call("mailer", {"Records": messages})
assert (answer, "To a: b" in log) == (failed("m2"), True), (answer, log)

changes = [
    {"eventName": "INSERT", "dynamodb": {"SequenceNumber": "1", "NewImage": {"ProductId": {"S": "p1"}}}},
    {"dynamodb": {"SequenceNumber": "2"}},
]
assert call("auditor", {"Records": changes[:1]})[0] == failed()
answer, log = call("auditor", {"Records": changes})
assert (answer, '["INSERT", null, {"ProductId": {"S": "p1"}}]' in log) == (failed("2"), True), (answer, log)

s3 = boto3.client("s3")
bucket = next(each["Name"] for each in s3.list_buckets()["Buckets"] if each["Name"].startswith("uploads-"))
s3.put_object(Bucket=bucket, Key="new orders.csv", Body=b"id,sum\n1,2\n3,4\n")
_, log = call("importer", {"Records": [{"s3": {"bucket": {"name": bucket}, "object": {"key": "new+orders.csv"}}}]})
assert log == "new orders.csv: 2 rows\n", log

boto3.client("ssm").put_parameter(Name="/shop-key", Type="SecureString", Value="a secret")
assert load("RequestProcessorFunction", "lambda-src/secret.py").shop_key() == "a secret"
