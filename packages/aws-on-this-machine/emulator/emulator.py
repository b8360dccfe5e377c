"""An AWS emulator: moto's server, completed, which refuses what AWS would refuse, and web pages.

It listens on a free port of 127.0.0.1 and prints {"endpoint": "http://..."} at once, {"version": "..."} when it
answers, and {"failure": "..."} for each answer with 5xx. It logs each request to standard error. It ends when its
standard input ends, so that it cannot outlive its parent process.
"""

import hashlib
import json
import platform
import socket
import sys
from importlib.metadata import version
from pathlib import Path
from threading import Thread

_PARENT = sys.stdout


def main():
    # moto prints some messages, too. They belong into the log.
    sys.stdout = sys.stderr
    listening = socket.create_server(("127.0.0.1", 0), backlog=128)
    port = listening.getsockname()[1]
    tell(endpoint=f"http://127.0.0.1:{port}")
    server = make_moto_server(port, listening)
    Thread(target=server.serve_forever, daemon=True).start()
    tell(version=own_version())
    sys.stdin.read()


def make_moto_server(port, listening):
    # These imports take seconds. Clients can connect to the address meanwhile.
    from moto.moto_server import werkzeug_app
    from moto_patches import patch_moto
    from own_origin import refuse_other_origins
    from recording import Recording
    from request_check import RequestCheck
    from serving.failures import Failures
    from serving.one_at_a_time import OneAtATime, release_turn_while_waiting
    from werkzeug.serving import make_server

    patch_moto()
    release_turn_while_waiting()
    # moto would let pages of every origin read its answers.
    werkzeug_app.DISABLE_GLOBAL_CORS = True
    moto = werkzeug_app.DomainDispatcherApplication(werkzeug_app.create_backend_app)
    application = refuse_other_origins(RequestCheck(Failures(OneAtATime(Recording(moto)), tell)))
    return make_server("127.0.0.1", port, application, threaded=True, fd=listening.fileno())


def own_version():
    """Changes whenever this emulator could answer in another way."""
    digest = hashlib.sha256()
    for file in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(file.read_bytes())
    return f"{digest.hexdigest()[:16]}, moto {version('moto')}, Python {platform.python_version()}"


def tell(**message):
    # One write, because several threads report.
    print(json.dumps(message) + "\n", end="", flush=True, file=_PARENT)


if __name__ == "__main__":
    main()
