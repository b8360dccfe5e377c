"""Reads the body of an API request."""

import base64
import json
import re

from refusal import MAX_ITEM_BYTES, Refusal, too_large

_JSON_TYPE = re.compile(r"application/json|[^/]+/[^/]+\+json")
_TEXT_TYPE = re.compile(
    r"text/.+|.+\+(json|xml)|application/(json|xml|javascript|ecmascript|x-www-form-urlencoded|x-ndjson|graphql|(x-)?yaml)"
)


def read_body(event):
    """Returns the body as JSON, and the encoding of its string: "base64" for a body that is not text, else None.

    A JSON body is returned unchanged, so that even the digits of a number are kept. Raises Refusal.
    """
    body, is_encoded = event.get("body"), event.get("isBase64Encoded")
    if not body:
        return "{}", None
    headers = event.get("headers") or {}
    # A comma joins the values of a repeated header.
    media_type = re.split("[;,]", headers.get("content-type") or "")[0].strip().lower()
    is_json = _JSON_TYPE.fullmatch(media_type)
    text = _decode(body, is_encoded)
    if text is None and (is_json or not is_encoded):
        raise Refusal(400, "The body is not UTF-8")
    if text is None or (is_encoded and media_type and not _TEXT_TYPE.fullmatch(media_type)):
        return json.dumps(body), "base64"
    if is_json or not media_type:
        try:
            # Numbers stay text: Python cannot convert every number.
            json.loads(text, parse_float=str, parse_int=str, parse_constant=_refuse_constant)
            return text.strip(" \t\n\r"), None
        except (ValueError, RecursionError) as error:
            if is_json:
                raise Refusal(400, f"The body is not valid JSON: {error}") from None
    return json.dumps(text, ensure_ascii=False), None


def _decode(body, is_encoded):
    """Returns the body as text, or None if it is not UTF-8."""
    try:
        content = base64.b64decode(body, validate=True) if is_encoded else body.encode("utf-8")
        text = content.decode("utf-8")
    except UnicodeError:
        return None
    except ValueError:
        raise Refusal(400, "The body is not valid base64") from None
    # Spaces around JSON are not stored.
    if len(content.strip()) > MAX_ITEM_BYTES:
        raise too_large(f"The body has {len(content)} bytes")
    return text


def _refuse_constant(name):
    raise ValueError(f"{name} is not JSON")
