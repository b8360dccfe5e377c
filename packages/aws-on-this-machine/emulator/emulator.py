"""An AWS emulator: moto's server, completed, which refuses what AWS would refuse, and web pages.

It listens on a free port of 127.0.0.1 and prints {"endpoint": "http://..."} at once, {"version": "..."} when it
answers, and {"failure": "..."} for each answer with 5xx. It logs each request to standard error. It ends when its
standard input ends, so that it cannot outlive its parent process.
"""

import hashlib
import json
import os
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
    from invocations.delivery import start_deliveries
    from invocations.process import serve_registration
    from journal import Journal
    from moto.core.config import default_user_config
    from moto.moto_server import werkzeug_app
    from own_origin import refuse_other_origins
    from patches import patch_moto
    from recording import Recording
    from request_check import RequestCheck
    from serving.arrivals import Arrivals, announce_arrivals
    from serving.dispatcher import Dispatcher
    from serving.failures import Failures
    from serving.live_code import LiveCode
    from serving.messages import Messages
    from serving.one_at_a_time import OneAtATime, release_turn_while_waiting
    from serving.repeats import Repeats
    from serving.schedules import Schedules
    from serving.sleeps import Sleeps
    from werkzeug.serving import make_server

    # moto's Step Functions run state machines only if asked to, and call other services at this port.
    default_user_config["stepfunctions"] = {"execute_state_machine": True}
    os.environ["MOTO_PORT"] = str(port)
    patch_moto()
    announce_arrivals()
    start_deliveries()
    release_turn_while_waiting()
    # moto would let pages of every origin read its answers.
    werkzeug_app.DISABLE_GLOBAL_CORS = True
    moto = Dispatcher(werkzeug_app.create_backend_app)
    served = Failures(OneAtATime(Sleeps(Messages(Schedules(LiveCode(Arrivals(Recording(moto))))))), tell)
    checked = RequestCheck(Repeats(served))
    application = serve_registration(Journal(checked))
    return make_server("127.0.0.1", port, refuse_other_origins(application), threaded=True, fd=listening.fileno())


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
