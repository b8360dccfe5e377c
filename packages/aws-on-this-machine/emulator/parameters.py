"""Reads the parameters of a request, under the names that its service model gives them.

Parameters that the model does not know keep their name in the request.
"""

import gzip
import json
from functools import lru_cache
from typing import Any, Dict
from urllib.parse import parse_qsl

from moto.core.parse import QueryParser, RequestParserError, RestXMLParser
from service_models import Call, form_of
from werkzeug.wrappers import Request

# Both protocols name the operation in these parameters. A presigned URL has its signature in them.
_NO_PARAMETER = {"action", "version", "x-id", "awsaccesskeyid", "signature", "expires"}


class UnreadableBodyError(Exception):
    """The body is no JSON, or no XML."""


def read_parameters(call: Call, request: Request) -> Dict[str, Any]:
    """The parameters of a request. Raises UnreadableBodyError."""
    shape = call.operation.input_shape
    if call.protocol == "query":
        return _from_form(call.operation, {**request.args, **form_of(request)})
    if shape is None:
        return {}
    if call.protocol == "json":
        return _from_json(shape, _json_body(request))
    return {**_outside_the_body(call, request), **_in_the_body(call, request)}


def _outside_the_body(call, request):
    """Returns the parameters of a REST protocol in path, query string and headers."""
    parameters = {}
    known = {key for key, _ in parse_qsl(call.operation.http["requestUri"].partition("?")[2], keep_blank_values=True)}
    takes_any = False
    for name, member in call.operation.input_shape.members.items():
        location, key = member.serialization.get("location"), member.serialization.get("name", name)
        if location == "uri":
            parameters[name] = _scalar(member, call.labels[key])
        elif location == "querystring":
            known.add(key)
            takes_any = takes_any or member.type_name == "map"
            if key in request.args:
                parameters[name] = _from_texts(member, request.args.getlist(key))
        elif location == "header" and key in request.headers:
            text = request.headers[key]
            parameters[name] = _from_texts(member, text.split(",") if member.type_name == "list" else [text])
        elif location == "headers":
            found = {each[len(key) :]: text for each, text in request.headers if each.lower().startswith(key.lower())}
            parameters[name] = found
    unknown = () if takes_any else request.args.keys() - known
    parameters.update((key, request.args[key]) for key in unknown if not _is_common(key))
    return parameters


def _is_common(key):
    return key.lower() in _NO_PARAMETER or key.lower().startswith("x-amz-")


def _from_texts(shape, texts):
    if shape.type_name == "list":
        return [_scalar(shape.member, text.strip()) for text in texts]
    return _scalar(shape, texts[0])


def _in_the_body(call, request):
    shape = call.operation.input_shape
    payload = shape.serialization.get("payload")
    if payload is None:
        return _from_body(call, shape, request) if _members_in_body(shape) else {}
    member = shape.members[payload]
    if member.serialization.get("streaming"):
        # The payload can be large, and has no constraints.
        return {payload: b""}
    if member.type_name in ("blob", "string"):
        return {payload: request.get_data(as_text=True)} if request.get_data() else {}
    return {payload: _from_body(call, member, request)} if request.get_data() else {}


def _from_body(call, shape, request):
    if call.protocol == "rest-json":
        return _from_json(shape, _json_body(request))
    if not request.get_data():
        return {}
    try:
        parser = _XmlParser(call.operation, timestamp_parser=_as_it_is, blob_parser=_as_it_is)
        return parser.parse_element(shape, parser._parse_xml_string_to_dom(request.get_data()))
    except RequestParserError as error:
        raise UnreadableBodyError from error


def _json_body(request):
    body = request.get_data()
    if request.headers.get("Content-Encoding") == "gzip":
        body = gzip.decompress(body)
    try:
        return json.loads(body) if body else {}
    except ValueError as error:
        raise UnreadableBodyError from error


def _from_json(shape, value):
    # null stands for an absent parameter.
    if shape.type_name == "structure" and isinstance(value, dict) and not shape.is_document_type:
        members = _members_in_body(shape)
        named = ((*members.get(key, (key, None)), each) for key, each in value.items() if each is not None)
        return {name: _from_json(member, each) if member else each for name, member, each in named}
    if shape.type_name == "map" and isinstance(value, dict):
        return {key: _from_json(shape.value, each) for key, each in value.items() if each is not None}
    if shape.type_name == "list" and isinstance(value, list):
        return [_from_json(shape.member, each) for each in value]
    return value


@lru_cache(maxsize=None)
def _members_in_body(shape):
    """The members of a structure, by the names that they have in a body."""
    return {
        member.serialization.get("name", name): (name, member)
        for name, member in shape.members.items()
        if "location" not in member.serialization
    }


def _as_it_is(value):
    return value


def _scalar(shape, text):
    """Reads a scalar from its text. Returns the text itself if it does not fit the type."""
    try:
        if shape.type_name in ("integer", "long"):
            return int(text)
        if shape.type_name in ("float", "double"):
            return float(text)
    except ValueError:
        return text
    return {"true": True, "false": False}.get(text.lower(), text) if shape.type_name == "boolean" else text


class _XmlParser(RestXMLParser):
    """moto's parser drops members that the model does not know, and fails at text in place of a number."""

    def parse_element(self, shape, element):
        return self._parse_shape(shape, element)

    def _parse_structure(self, shape, node):
        elements = self._build_name_to_xml_node(node)
        known = {self._member_key_name(member, name) for name, member in shape.members.items()}
        unknown = {name: "" for name in elements if name not in known}
        return {**super()._parse_structure(shape, node), **unknown}

    def _parse_scalar(self, shape, node):
        return _scalar(shape, node.text or "")

    _parse_boolean = _parse_float = _parse_double = _parse_integer = _parse_long = _parse_scalar


def _from_form(operation, form):
    form = _ReadForm(form)
    if operation.input_shape is None:
        parameters = {}
    else:
        parser = _FormParser(operation, timestamp_parser=_as_it_is, blob_parser=_as_it_is)
        parameters = parser.parse({"values": form})
    unknown = {key: form[key] for key in form.keys() - form.read if not _is_common(key)}
    return {**parameters, **unknown}


class _ReadForm(dict):
    """A form that knows which of its fields were read."""

    def __init__(self, fields):
        super().__init__(fields)
        self.read = set()

    def get(self, key, default=None):
        self.read.add(key)
        return super().get(key, default)


class _FormParser(QueryParser):
    """moto's parser fails at text in place of a number."""

    def _parse_scalar(self, shape, form, prefix=""):
        value = self._default_handle(shape, form, prefix)
        return _scalar(shape, value) if isinstance(value, str) else value

    _parse_boolean = _parse_float = _parse_double = _parse_integer = _parse_long = _parse_scalar
