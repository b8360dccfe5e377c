"""Loads a handler, has it answer requests, and prints the CPU time of both, in milliseconds.

Usage: measure.py <folder> <module> <requests>
"""

import importlib
import io
import json
import sys
import time

folder, module, requests = sys.argv[1], sys.argv[2], int(sys.argv[3])
sys.path.insert(0, folder)
# Lambda's code folder is read-only.
sys.dont_write_bytecode = True
real_stdout, sys.stdout = sys.stdout, io.StringIO()


def event(number):
    return {
        "version": "2.0",
        "rawPath": "/orders",
        "rawQueryString": "",
        "headers": {"content-type": "application/json", "user-agent": "bench/1.0"},
        "requestContext": {
            "http": {"method": "POST", "path": "/orders", "sourceIp": "192.0.2.1"},
            "requestId": f"bench-{number}",
            "timeEpoch": 1767225600123,
        },
        "body": '{"amount": 3, "currency": "EUR", "lines": [{"sku": "A-1", "count": 2}, {"sku": "B-7", "count": 1}]}',
        "isBase64Encoded": False,
    }


started = time.process_time()
handler = importlib.import_module(module).lambda_handler
imported = time.process_time() - started
# The first request opens the connection.
assert handler(event(0), None)["statusCode"] == 200
started = time.process_time()
for number in range(1, requests + 1):
    assert handler(event(number), None)["statusCode"] == 200
request = (time.process_time() - started) / requests
print(json.dumps({"importMs": imported * 1000, "requestMs": request * 1000}), file=real_stdout)
