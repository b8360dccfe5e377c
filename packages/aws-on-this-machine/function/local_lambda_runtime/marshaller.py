"""Results as JSON. Lambda encodes them with simplejson, which takes more than Python's json does."""

import json
import os
from decimal import Decimal
from json.encoder import encode_basestring, encode_basestring_ascii

from .errors import Fault

# Since Python 3.12, Lambda leaves characters outside of ASCII as they are.
_ESCAPING = ("AWS_Lambda_python3.8", "AWS_Lambda_python3.9", "AWS_Lambda_python3.10", "AWS_Lambda_python3.11")
_quote = encode_basestring_ascii if os.environ.get("AWS_EXECUTION_ENV") in _ESCAPING else encode_basestring


def unmarshal(event):
    """Decodes an event. Raises Fault."""
    try:
        return json.loads(event)
    except Exception as error:
        raise Fault("Runtime.UnmarshalError", f"Unable to unmarshal input: {error}") from error


def marshal(result):
    """Encodes a result, as text, or as bytes if it is that already. Raises Fault."""
    if isinstance(result, bytes):
        return result
    try:
        return to_json(result)
    except Exception as error:
        raise Fault("Runtime.MarshalError", f"Unable to marshal response: {error}") from error


def to_json(value):
    """Encodes a value. Raises TypeError or ValueError if JSON lacks it, RecursionError if it is too deep."""
    parts = []
    _write(value, parts.append, set())
    return "".join(parts)


def _write(value, write, containers):
    """Writes a value in pieces. `containers` are the ids of those that hold it."""
    text = _scalar(value)
    if text is not None:
        write(text)
        return
    if id(value) in containers:
        raise ValueError("Circular reference detected")
    containers.add(id(value))
    named = getattr(value, "_asdict", None)
    content = named() if callable(named) else value
    separator = ""
    if isinstance(content, dict):
        write("{")
        for key, item in content.items():
            write(f"{separator}{_key(key)}: ")
            _write(item, write, containers)
            separator = ", "
        write("}")
    elif isinstance(content, (list, tuple)):
        write("[")
        for item in content:
            write(separator)
            _write(item, write, containers)
            separator = ", "
        write("]")
    else:
        raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")
    containers.remove(id(value))


def _scalar(value):
    """Encodes a value. Returns None for a container."""
    if value is None or value is True or value is False:
        return json.dumps(value)
    if isinstance(value, str):
        return _quote(value)
    if isinstance(value, bytes):
        return _quote(value.decode())
    if isinstance(value, int):
        return int.__repr__(value)
    if isinstance(value, float):
        return json.dumps(float(value))
    if isinstance(value, Decimal):
        return "NaN" if value.is_nan() else str(value)
    return None


def _key(key):
    if isinstance(key, Decimal) or (text := _scalar(key)) is None:
        raise TypeError(f"keys must be str, int, float, bool or None, not {type(key).__name__}")
    return text if text.startswith('"') else f'"{text}"'
