"""Reads the body of an API request: what of it is stored, and what is refused."""

import base64
import json
import re

from refusal import MAX_ITEM_BYTES, bad_request, too_large

# Deeper than any data that people exchange, and far from where parsers and readers of the table give up.
MAX_DEPTH = 100

_JSON_TYPE = re.compile(r"application/json|[^/]+/[^/]+\+json")
_TEXT_TYPE = re.compile(
    r"text/.+|[^/]+/[^/]+\+xml"
    r"|application/(xml|javascript|ecmascript|x-www-form-urlencoded|x-ndjson|graphql|yaml|x-yaml)"
)
_ESCAPE_QUOTE_OR_BRACKET = re.compile(r'\\.|["\[\]{}]', re.DOTALL)


def read_body(event):
    """Returns the body as JSON, and how a string in it is encoded: None, or "base64" where the body is no text.

    JSON is returned as it was sent, so that nothing is lost, not even the digits of a number.
    """
    body = event.get("body")
    if not body:
        return "{}", None
    headers = event.get("headers") or {}
    # A repeated header comes joined by a comma.
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
    """The body as text; None where it is none."""
    content = None
    if event.get("isBase64Encoded"):
        try:
            content = base64.b64decode(body, validate=True)
        except ValueError:
            raise bad_request("The body is not valid base64") from None
    try:
        # Half a character, which UTF-8 does not have, cannot be stored.
        text = body if content is None else content.decode("utf-8")
        size = len(text.encode("utf-8").strip())
    except UnicodeError:
        return None
    # Before anything is read that would be refused in the end.
    if size > MAX_ITEM_BYTES:
        raise too_large(size)
    return text


def _checked_json(text):
    """The text without space around it; raises ValueError where it is not JSON by the letter of RFC 8259."""
    _require_depth(text)
    value = json.loads(
        text,
        object_pairs_hook=_unique,
        parse_constant=_refuse_constant,
        # Numbers are only checked: neither a float nor a very long int of Python could hold each of them.
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
    # Token by token: an expression for a whole string would take quadratic time on one that does not end.
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
