"""Lambda's Invoke and InvokeAsync, answered by the process that runs functions. Without it, moto answers them."""

import json
from urllib.parse import unquote

from moto.awslambda.models import LambdaFunction
from moto.awslambda.responses import LambdaResponse

from .process import PROCESS, Answer
from .target import Target, find_target

# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
_MAX_BYTES = {"RequestResponse": 6 * 1024 * 1024, "Event": 1024 * 1024}

_ASKED = ("x-amz-client-context", "x-amz-log-type", "x-amzn-trace-id")
_ANSWERED = (
    "content-type",
    "retry-after",
    "x-amz-executed-version",
    "x-amz-function-error",
    "x-amz-log-result",
    "x-amzn-errortype",
    "x-amzn-requestid",
)

# The access key with which moto's Step Functions call other services.
_STEP_FUNCTIONS = "Credential=ak/"


def pass_on_invocations():
    """moto runs functions in Docker only."""
    invoke, invoke_async = LambdaResponse.invoke, LambdaResponse.invoke_async
    invoke_function = LambdaFunction.invoke

    def pass_on_invoke(self):
        if not PROCESS.is_registered:
            return invoke(self)
        name = unquote(self.path.rsplit("/", 2)[-2])
        kind = self.headers.get("X-Amz-Invocation-Type") or "RequestResponse"
        return _answer(self, name, kind)

    def pass_on_invoke_async(self):
        if not PROCESS.is_registered:
            return invoke_async(self)
        return _answer(self, unquote(self.path.strip("/").split("/")[-2]), "Event")

    def pass_on_invoke_function(self, body, request_headers, response_headers):
        if not PROCESS.is_registered:
            return invoke_function(self, body, request_headers, response_headers)
        answer = send(Target(self.function_arn, str(self.version), ""), "RequestResponse", body)
        response_headers.update(_kept(answer, _ANSWERED))
        return answer.body

    LambdaResponse.invoke, LambdaResponse.invoke_async = pass_on_invoke, pass_on_invoke_async
    # By this method, moto's models invoke a function and use its result.
    LambdaFunction.invoke = pass_on_invoke_function


def send(target: Target, kind, payload, service="", source="", headers=None) -> Answer:
    """Invokes a function. Raises OSError if the process has ended."""
    query = {**target._asdict(), "type": kind, "service": service, "source": source}
    return PROCESS.post(query, payload or "{}", headers or {})


def has_failed(answer: Answer) -> bool:
    """Whether Lambda refused a synchronous invocation, or the function raised an error."""
    return answer.status != 200 or "x-amz-function-error" in answer.headers


def _answer(response, name, kind):
    payload = response.body or "{}"
    target = find_target(response.backend, name, response.querystring.get("Qualifier", [None])[0])
    refusal = _refusal(kind, payload)
    if refusal:
        return refusal
    headers = {name: value for name, value in response.headers.items() if name.lower() in _ASKED}
    is_step = _STEP_FUNCTIONS in response.headers.get("Authorization", "")
    service = "states.amazonaws.com" if is_step else ""
    try:
        answer = send(target, kind, payload, service, headers=headers)
    except OSError as error:
        return _error(500, "ServiceException", f"The process that runs functions does not answer: {error}")
    log = () if response.headers.get("X-Amz-Log-Type") == "Tail" else ("x-amz-log-result",)
    kept = _kept(answer, [name for name in _ANSWERED if name not in log])
    # moto answers with the status in the headers.
    return answer.status, {"content-type": "application/json", "status": answer.status, **kept}, answer.body


def _refusal(kind, payload):
    """Lambda's answer to a payload that it does not take; None if it takes it."""
    size, limit = len(payload.encode() if isinstance(payload, str) else payload), _MAX_BYTES.get(kind)
    if limit and size > limit:
        reason = f"{size} byte payload is too large for the {kind} invocation type (limit {limit} bytes)"
        return _error(413, "RequestTooLargeException", reason)
    try:
        json.loads(payload)
    except ValueError as error:
        return _error(400, "InvalidRequestContentException", f"Could not parse request body into json: {error}")
    return None


def _error(status, code, message):
    headers = {"content-type": "application/json", "status": status, "x-amzn-errortype": code}
    return status, headers, json.dumps({"Type": "User", "Message": message})


def _kept(answer, names):
    return {name: answer.headers[name] for name in names if name in answer.headers}
