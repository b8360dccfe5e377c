"""Calls the deployed recipes' functions with the events that AWS sends: call_recipes.py <folder of their zip files>."""

import contextlib
import importlib.util
import io
import json
import os
import sys
import zipimport

import boto3

FOLDER = sys.argv[1]
DYNAMODB = boto3.resource("dynamodb")


def load(function, name="index"):
    """Loads a module from a deployed function's zip file, with its variables."""
    configuration = boto3.client("lambda").get_function_configuration(FunctionName=function)
    os.environ.update(configuration["Environment"]["Variables"] if "Environment" in configuration else {})
    package = os.path.join(FOLDER, f"{function}.zip")
    # After the libraries of this Python: it has a real pydantic, because the emulator needs it.
    sys.path.append(package)
    spec = zipimport.zipimporter(package).find_spec(name)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def call(function, event):
    """The answer of a function, and its log."""
    log = io.StringIO()
    with contextlib.redirect_stdout(log), contextlib.redirect_stderr(log):
        answer = load(function).lambda_handler(event, None)
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
assert load("RequestProcessorFunction", "secret").shop_key() == "a secret"

answer, _ = call("calendar", {"pathParameters": {"country": "de", "day": "2026-05-01"}})
assert answer == {"statusCode": 200, "body": "2026-05-04"}, answer

answer, _ = call("checkout", {"body": '{"product": "p1", "count": 2}'})
assert (answer["statusCode"], json.loads(answer["body"])) == (200, {"product": "p1", "count": 2}), answer
for body in ('{"product": "p1", "count": 0}', "broken", None):
    answer, _ = call("checkout", {"body": body})
    assert (answer["statusCode"], len(json.loads(answer["body"]))) == (400, 1), answer
