"""A DynamoDB that keeps items in memory and misbehaves on demand."""

import json
import os
import socket
import struct
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HANG_SECONDS = 20


class ScriptedDynamoDB:
    """Listens on a free port.

    `scripts` has for a RequestId what the next calls with it are answered: a status, an error and perhaps its message,
    or `hang`, `reset` or `garbage`. After that, and for every other one, the item is stored.
    """

    def __init__(self):
        self.items = {}
        self.scripts = {}
        self.calls = []
        self._ending = threading.Event()
        script = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # Head and body go out together: apart, the second would wait 40 ms for the first to be acknowledged.
            wbufsize = -1

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                script._answer(self, body)

            def log_message(self, *_arguments):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.endpoint = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def stop(self):
        self._ending.set()
        self._server.shutdown()
        self._server.server_close()

    def _answer(self, handler, body):
        item = {name: value["S"] for name, value in body["Item"].items()}
        self.calls.append(item["RequestId"])
        steps = self.scripts.get(item["RequestId"], [])
        step = steps.pop(0) if steps else "store"
        if step == "hang":
            self._ending.wait(HANG_SECONDS)
            handler.close_connection = True
            return
        if step == "reset":
            # Without lingering, closing sends RST instead of FIN.
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            os.close(handler.connection.detach())
            handler.close_connection = True
            return
        if step == "garbage":
            return self._send(handler, 200, b"<html>")
        if step == "store":
            self.items[item["RequestId"], item["Timestamp"]] = item
            units = {"ConsumedCapacity": {"TableName": body["TableName"], "CapacityUnits": 1.0}}
            return self._send(handler, 200, json.dumps(units).encode())
        status, error, message = (*step, "secret details of the table")[:3]
        content = {"__type": "com.amazonaws.dynamodb.v20120810#" + error, "message": message}
        self._send(handler, status, json.dumps(content).encode())

    def _send(self, handler, status, content):
        handler.send_response(status)
        handler.send_header("content-type", "application/x-amz-json-1.0")
        handler.send_header("content-length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)
