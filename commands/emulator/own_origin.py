"""Keeps web pages away: any page that a browser on this machine shows could otherwise use the emulator, or wipe it."""

NAMES = ("127.0.0.1", "localhost", "[::1]")


def refuse_other_origins(application):
    """A WSGI application that answers 403 to a foreign Host, as after DNS rebinding, and to a foreign Origin."""

    def guard(environ, start_response):
        hosts = [f"{name}:{environ['SERVER_PORT']}" for name in NAMES]
        host, origin = environ.get("HTTP_HOST", ""), environ.get("HTTP_ORIGIN")
        if host.lower() not in hosts:
            return _refuse(start_response, f"Host {host} is not the emulator's; use http://{hosts[0]}.")
        if origin is not None and origin.lower() not in [f"http://{own}" for own in hosts]:
            return _refuse(start_response, f"Pages of {origin} may not use the emulator at http://{hosts[0]}.")
        return application(environ, start_response)

    return guard


def _refuse(start_response, message):
    body = f"{message}\n".encode("latin-1", "replace")
    start_response("403 Forbidden", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]
