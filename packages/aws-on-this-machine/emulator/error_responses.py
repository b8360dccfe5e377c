"""AWS's answers to requests that violate its service models."""

import json
from typing import List
from xml.sax.saxutils import escape

from constraints import Violation
from service_models import Call
from werkzeug.wrappers import Response

# The services' names of this error. For services that declare none of them:
# https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html
_INVALID = ("ValidationException", "InvalidParameterException", "InvalidParameterValueException", "BadRequestException")


class ErrorResponse(Response):
    """An answer of AWS with an error, as a WSGI application."""

    def __init__(self, status, message, text, content_type, **headers):
        super().__init__(text, status, headers, content_type=content_type)
        self.message = message


def refuse(call: Call, violations: List[Violation]) -> ErrorResponse:
    """The answer to parameters that violate constraints."""
    noun = "validation error" if len(violations) == 1 else "validation errors"
    message = f"{len(violations)} {noun} detected: {'; '.join(map(str, violations))}"
    return _answer(call, 400, _code(call, violations), message)


def refuse_by_rule(call: Call, mistake: str) -> ErrorResponse:
    """The answer to parameters that violate a rule beyond the service model."""
    return _answer(call, 400, _code(call, []), mistake)


def refuse_body(call: Call) -> ErrorResponse:
    """The answer to a body that is no JSON or no XML."""
    code = "MalformedXML" if call.protocol == "rest-xml" else "SerializationException"
    return _answer(call, 400, code, "The body could not be parsed.")


def not_implemented(call: Call) -> ErrorResponse:
    """The answer to an operation that moto lacks. SDKs do not retry this status. They retry moto's 500 for minutes."""
    message = f"The emulator lacks {call.operation.name} of {call.operation.service_model.service_name}."
    return _answer(call, 501, "NotImplemented", message)


def lacks(described: str) -> ErrorResponse:
    """The same answer to a request of no known operation."""
    return _in_json(501, "NotImplemented", f"The emulator lacks {described}.")


def failed(call: Call, reason: str) -> ErrorResponse:
    """The answer to a request at which moto fails. SDKs repeat the request, and then show the message."""
    return _answer(call, 500, "InternalFailure", f"The emulator failed: {reason}")


def _answer(call, status, code, message):
    if call.protocol in ("json", "rest-json"):
        return _in_json(status, code, message)
    text = f"<Code>{code}</Code><Message>{escape(message)}</Message>"
    if call.operation.service_model.service_name == "s3":
        text = f"<Error>{text}</Error>"
    else:
        text = f"<ErrorResponse><Error><Type>Sender</Type>{text}</Error></ErrorResponse>"
    return ErrorResponse(status, message, text, "text/xml")


def _in_json(status, code, message):
    text = json.dumps({"__type": code, "message": message})
    return ErrorResponse(status, message, text, "application/json", **{"x-amzn-ErrorType": code})


def _code(call, violations):
    if call.protocol == "rest-xml":
        payload = call.operation.input_shape.serialization.get("payload")
        in_body = any(violation.path.split(".")[0] == payload for violation in violations)
        return "MalformedXML" if in_body else "InvalidArgument"
    errors = {shape.name: shape.metadata.get("error", {}).get("code") for shape in call.operation.error_shapes}
    name = next((each for each in _INVALID if each in errors), None)
    if call.protocol == "query":
        # There, the code can differ from the error's name.
        return errors[name] or name if name else "ValidationError"
    return name or "ValidationException"
