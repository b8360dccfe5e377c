"""Keeps web pages away: any page that a browser on this machine shows could otherwise use the emulator, or wipe it."""

from werkzeug.wrappers import Response

NAMES = ("127.0.0.1", "localhost", "[::1]")


def refuse_other_origins(application):
    """A WSGI application that answers 403 to a foreign Host, as after DNS rebinding, and to a foreign Origin."""

    def guard(environ, start_response):
        hosts = [f"{name}:{environ['SERVER_PORT']}" for name in NAMES]
        host, origin = environ.get("HTTP_HOST", ""), environ.get("HTTP_ORIGIN")
        if host.lower() not in hosts:
            refusal = f"Host {host} is not the emulator's; use http://{hosts[0]}.\n"
        elif origin is not None and origin.lower() not in [f"http://{own}" for own in hosts]:
            refusal = f"Pages of {origin} may not use the emulator at http://{hosts[0]}.\n"
        else:
            return application(environ, start_response)
        return Response(refusal, 403, content_type="text/plain")(environ, start_response)

    return guard
