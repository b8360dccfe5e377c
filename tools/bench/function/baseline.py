"""A handler in the manner of the template that this project replaces. The benchmark compares the function to it."""

import json
import os
import uuid
from datetime import datetime, timezone

import boto3

dynamodb = boto3.resource("dynamodb")


def lambda_handler(event, context):
    table = dynamodb.Table(os.environ["DYNAMODB_TABLE_NAME"])
    request_id = str(uuid.uuid4())
    timestamp = datetime.now(timezone.utc).isoformat()
    body = json.loads(event["body"]) if event.get("body") else {}
    table.put_item(
        Item={
            "RequestId": request_id,
            "Timestamp": timestamp,
            "Source": "API Gateway",
            "Method": event["requestContext"]["http"]["method"],
            "Path": event["requestContext"]["http"]["path"],
            "Body": json.dumps(body),
        }
    )
    content = {"message": "Request processed successfully", "requestId": request_id, "timestamp": timestamp}
    return {
        "statusCode": 200,
        "headers": {"Content-Type": "application/json"},
        "body": json.dumps(content),
    }
