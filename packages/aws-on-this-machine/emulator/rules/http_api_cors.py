"""API Gateway's refusals of an HTTP API's CORS configuration, beyond its service model."""

import re

# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
_ORIGIN = re.compile(r"\*|https?://(\*|([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?)")

# https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")


def cors_mistake(parameters):
    """Returns AWS's reason to refuse CreateApi or UpdateApi with these parameters, or None.

    The messages about an origin's format and about credentials are AWS's own.
    """
    cors = parameters.get("CorsConfiguration") or {}
    origins = cors.get("AllowOrigins") or []
    for origin in origins:
        if not _ORIGIN.fullmatch(origin):
            return f"Invalid format for origin {origin}"
    if "*" in origins and len(origins) > 1:
        return "Origin * cannot be combined with other origins"
    if "*" in origins and cors.get("AllowCredentials"):
        return "allow-credentials is not supported if 'allow-origin' is *"
    for name in [*(cors.get("AllowHeaders") or []), *(cors.get("ExposeHeaders") or [])]:
        if not _HEADER_NAME.fullmatch(name):
            return f"Invalid format for header {name}"
    return None
