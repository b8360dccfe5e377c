"""Reads and checks the body of an API request."""

import base64
import json
import re

from refusal import MAX_ITEM_BYTES, bad_request, body_too_large

# Deeper than real data, and far below the limits of JSON parsers.
MAX_DEPTH = 100

_JSON_TYPE = re.compile(r"application/json|[^/]+/[^/]+\+json")
_TEXT_TYPE = re.compile(
    r"text/.+|[^/]+/[^/]+\+xml"
    r"|application/(xml|javascript|ecmascript|x-www-form-urlencoded|x-ndjson|graphql|yaml|x-yaml)"
)
_ESCAPE_QUOTE_OR_BRACKET = re.compile(r'\\.|["\[\]{}]', re.DOTALL)


def read_body(event):
    """Returns the body as JSON, and the encoding of its string: "base64" for a body that is not text, else None.

    A JSON body is returned unchanged, so that even the digits of a number are kept.
    """
    body = event.get("body")
    if not body:
        return "{}", None
    headers = event.get("headers") or {}
    # A comma joins the values of a repeated header.
    media_type = re.split("[;,]", headers.get("content-type") or "")[0].strip().lower()
    if _JSON_TYPE.fullmatch(media_type):
        text = _text(event, body)
        if text is None:
            raise bad_request("The body is not valid JSON: it is not UTF-8")
        try:
            return _checked_json(text), None
        except ValueError as error:
            raise bad_request(f"The body is not valid JSON: {error}") from None

    is_text = not event.get("isBase64Encoded") or not media_type or _TEXT_TYPE.fullmatch(media_type)
    text = _text(event, body)
    if text is None and not event.get("isBase64Encoded"):
        raise bad_request("The body is not UTF-8")
    if text is None or not is_text:
        return json.dumps(body), "base64"
    if not media_type:
        try:
            return _checked_json(text), None
        except ValueError:
            pass
    return json.dumps(text, ensure_ascii=False), None


def _text(event, body):
    """Returns the body as text, or None if it is not text."""
    content = None
    if event.get("isBase64Encoded"):
        try:
            content = base64.b64decode(body, validate=True)
        except ValueError:
            raise bad_request("The body is not valid base64") from None
    try:
        # A lone surrogate cannot be stored.
        text = body if content is None else content.decode("utf-8")
        content = text.encode("utf-8")
    except UnicodeError:
        return None
    # Before the expensive checks. Spaces around JSON are not stored.
    if len(content) > MAX_ITEM_BYTES and len(content.strip()) > MAX_ITEM_BYTES:
        raise body_too_large(len(content))
    return text


def _checked_json(text):
    """Returns the text without surrounding spaces. Raises ValueError unless it is JSON as in RFC 8259."""
    if text.startswith("\ufeff"):
        # Python's message would advise its programmer.
        raise ValueError("it begins with a byte-order mark")
    _require_depth(text)
    value = json.loads(
        text,
        object_pairs_hook=_unique,
        parse_constant=_refuse_constant,
        # Numbers are only checked: Python cannot convert every number.
        parse_float=str,
        parse_int=str,
    )
    if "\\u" in text:
        try:
            json.dumps(value, ensure_ascii=False).encode("utf-8")
        except UnicodeEncodeError:
            raise ValueError("it has a surrogate without its other half") from None
    return text.strip(" \t\n\r")


def _require_depth(text):
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return
    depth = 0
    is_in_string = False
    # Token by token: an expression for a whole string takes quadratic time if the string does not end.
    for match in _ESCAPE_QUOTE_OR_BRACKET.finditer(text):
        token = match.group()
        if token == '"':
            is_in_string = not is_in_string
        elif not is_in_string and token in ("[", "{"):
            depth += 1
            if depth > MAX_DEPTH:
                raise ValueError(f"it is nested more than {MAX_DEPTH} deep")
        elif not is_in_string and token in ("]", "}"):
            depth -= 1


def _unique(pairs):
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("an object has the same name twice")
    return members


def _refuse_constant(name):
    raise ValueError(f"{name} is no JSON")
