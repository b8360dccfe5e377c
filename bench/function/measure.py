"""Loads a handler, has it answer requests, and prints what that took: seconds, CPU seconds, MiB.

Usage: measure.py <folder> <module> <requests>
"""

import importlib
import io
import json
import resource
import sys
import time

folder, module, requests = sys.argv[1], sys.argv[2], int(sys.argv[3])
sys.path.insert(0, folder)
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


started = time.perf_counter()
handler = importlib.import_module(module).lambda_handler
init = time.perf_counter() - started
# The first request opens the connection.
first_started = time.perf_counter()
assert handler(event(0), None)["statusCode"] == 200
first = time.perf_counter() - first_started
started, cpu = time.perf_counter(), time.process_time()
for number in range(1, requests + 1):
    assert handler(event(number), None)["statusCode"] == 200
wall, cpu = time.perf_counter() - started, time.process_time() - cpu
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 * 1024 if sys.platform == "darwin" else 1024)
figures = {"init": init, "first": first, "wall": wall / requests, "cpu": cpu / requests, "mebibytes": peak}
print(json.dumps(figures), file=real_stdout)
