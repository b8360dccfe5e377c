"""An AWS emulator: moto's server, completed, which refuses what AWS would refuse, and web pages.

It listens on a free port of 127.0.0.1, prints {"endpoint": "http://..."} when it is ready, and logs each request to
standard error. It ends when its standard input ends, so that it cannot outlive its parent process.
"""

import json
import sys
from threading import Thread

from moto.moto_server import werkzeug_app
from moto_patches import patch_moto
from own_origin import refuse_other_origins
from request_check import RequestCheck
from werkzeug.serving import make_server


def main():
    patch_moto()
    # moto would let pages of every origin read its answers.
    werkzeug_app.DISABLE_GLOBAL_CORS = True
    moto = werkzeug_app.DomainDispatcherApplication(werkzeug_app.create_backend_app)
    server = make_server("127.0.0.1", 0, refuse_other_origins(RequestCheck(moto)), threaded=True)
    Thread(target=server.serve_forever, daemon=True).start()
    print(json.dumps({"endpoint": f"http://127.0.0.1:{server.port}"}), flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
