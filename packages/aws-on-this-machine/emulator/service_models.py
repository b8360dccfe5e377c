"""Finds the operation that a request is for, in AWS's service models as botocore carries them."""

import re
from functools import lru_cache
from typing import NamedTuple, Optional
from urllib.parse import parse_qsl, unquote, urlsplit

import moto.core.utils
from botocore.exceptions import UnknownServiceError
from botocore.loaders import create_loader
from botocore.model import OperationNotFoundError
from moto.core.model import OperationModel
from moto.core.utils import get_service_model
from werkzeug.wrappers import Request

# The service for which a request is signed, the beginning of its path, and the model's name if that differs.
MODELS = (
    ("apigateway", "/v2/", "apigatewayv2"),
    ("elasticloadbalancing", "/", "elbv2"),
    ("monitoring", "/", "cloudwatch"),
    ("s3", "/v20180820/", "s3control"),
    ("ses", "/v2/", "sesv2"),
    ("states", "/", "stepfunctions"),
    ("tagging", "/", "resourcegroupstaggingapi"),
)

# https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html
_SCOPE = re.compile(r"[^/]+/\d{8}/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request")


class Call(NamedTuple):
    """A request for an operation."""

    operation: OperationModel
    protocol: str
    # The values in the path, by their name in the URI template.
    labels: dict

    def __str__(self):
        return f"{self.operation.service_model.service_name} {self.operation.name}"


def service_of(request: Request) -> str:
    """Returns the name of the service's model, or else the service for which the request is signed."""
    if request.headers.get("X-Amz-Target", "").startswith("DynamoDBStreams_"):
        # These requests are signed for DynamoDB.
        return "dynamodbstreams"
    scope = _scope(request)
    if not scope:
        # Only these take unsigned requests here: a bucket that anyone may read, and AssumeRoleWithWebIdentity.
        return "sts" if form_of(request).get("Action") else "s3"
    signed = scope["service"].lower()
    names = (model for name, path, model in MODELS if name == signed and request.path.startswith(path))
    return next(names, signed)


def region_of(environ: dict) -> str:
    """Returns the region for which a request is signed."""
    scope = _SCOPE.match(environ.get("HTTP_AUTHORIZATION", "").partition("Credential=")[2])
    return scope["region"] if scope else "us-east-1"


def find_call(service_name: str, request: Request) -> Optional[Call]:
    """Finds the operation of a request; None if no service model has it."""
    service = _load(service_name)
    if service is None:
        return None
    target = request.headers.get("X-Amz-Target")
    if target is not None:
        return _named(service, target.rpartition(".")[2], "json")
    action = form_of(request).get("Action") or request.args.get("Action")
    if action is not None:
        return _named(service, action, "query")
    return _routed(service, request)


def form_of(request: Request) -> dict:
    """The form in a request's body, as the query protocol has it."""
    if request.mimetype != "application/x-www-form-urlencoded":
        return {}
    return dict(parse_qsl(request.get_data(as_text=True), keep_blank_values=True))


def _scope(request):
    credential = request.headers.get("Authorization", "").partition("Credential=")[2]
    return _SCOPE.match(credential or request.args.get("X-Amz-Credential", ""))


# Each new loader would list the folders of all models again.
_LOADER = create_loader()
moto.core.utils.create_loader = lambda: _LOADER


def _load(name):
    try:
        # moto keeps the models; reading one takes a tenth of a second.
        return get_service_model(name)
    except UnknownServiceError:
        return None


def _named(service, name, protocol):
    try:
        operation = service.operation_model(name)
    except OperationNotFoundError:
        return None
    return Call(operation, protocol, {}) if protocol in _protocols(service) else None


def _protocols(service):
    return service.metadata.get("protocols", [service.metadata["protocol"]])


class _Route(NamedTuple):
    """An operation of a REST protocol. Its URI template is such as `/{Bucket}/{Key+}?uploads`."""

    operation: str
    path: re.Pattern
    labels: list
    # The exactness of each segment of the path.
    exactness: list
    query: list
    required_query: list
    required_headers: list
    deprecated: bool


def _routed(service, request):
    protocol = next((each for each in _protocols(service) if each in ("rest-json", "rest-xml")), None)
    if protocol is None:
        return None
    path = urlsplit(request.environ["RAW_URI"]).path
    found = []
    for route in _routes(service).get(request.method, ()):
        match = route.path.fullmatch(path)
        if match and all(key in request.args and value in ("", request.args[key]) for key, value in route.query):
            found.append((_fitness(route, request), route, match))
    if not found:
        return None
    _, route, match = max(found, key=lambda each: each[0])
    labels = dict(zip(route.labels, map(unquote, match.groups())))
    return Call(service.operation_model(route.operation), protocol, labels)


def _fitness(route, request):
    """Many operations of S3 differ only in their required parameters."""
    required = [name in request.args for name in route.required_query]
    required += [name in request.headers for name in route.required_headers]
    is_named = request.args.get("x-id") == route.operation
    return route.exactness, is_named, all(required), len(route.query) + len(required), not route.deprecated


@lru_cache(maxsize=None)
def _routes(service):
    routes = {}
    for name in service.operation_names:
        operation = service.operation_model(name)
        routes.setdefault(operation.http["method"], []).append(_route(operation))
    return routes


def _route(operation):
    path, _, query = operation.http["requestUri"].partition("?")
    segments = path.strip("/").split("/")
    labels = [segment[1:-1] for segment in segments if segment.startswith("{")]
    members = operation.input_shape.members if operation.input_shape else {}
    required = [members[name] for name in operation.input_shape.required_members] if members else []

    def names(location):
        return [each.serialization["name"] for each in required if each.serialization.get("location") == location]

    return _Route(
        operation.name,
        re.compile("".join(f"/{_segment_pattern(segment)}" for segment in segments) + "/?"),
        [label.rstrip("+") for label in labels],
        [0 if segment.endswith("+}") else 1 if segment.startswith("{") else 2 for segment in segments],
        parse_qsl(query, keep_blank_values=True),
        names("querystring"),
        names("header"),
        operation.deprecated,
    )


def _segment_pattern(segment):
    if not segment.startswith("{"):
        return re.escape(segment)
    return "(.+)" if segment.endswith("+}") else "([^/]+)"
