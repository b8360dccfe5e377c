"""Checks parameters against the constraints of a service model.

botocore's validator knows types, required and unknown members, and the lower limits. This adds the upper limits, the
patterns and the enumerations.
"""

import re
import warnings
from functools import lru_cache
from typing import Any, Dict, List, NamedTuple

from botocore.model import Shape
from botocore.validate import ParamValidator

# The models have Java's patterns, with classes that Python lacks. In one class, \w stands for letters and all numbers.
_JAVA = {
    r"\p{L}": r"\w",
    r"\p{N}": r"\d",
    r"\p{Z}": " \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000",
    r"\p{Print}": "[ -~]",
    r"\uD800\uDC00-\uDBFF\uDFFF": "\U00010000-\U0010ffff",
}

_MAX_SHOWN = 100

unchecked_patterns = set()
"""The patterns that Python cannot read. They are not checked."""


class Violation(NamedTuple):
    """A violated constraint, in AWS's words."""

    # Such as Tags[0].Key; the model's names.
    path: str
    value: Any
    constraint: str

    def __str__(self):
        value = "null" if self.value is None else f"'{self.value}'"
        if len(value) > _MAX_SHOWN:
            value = f"{value[:_MAX_SHOWN]}...'"
        # AWS writes tags.1.member.key.
        path = re.sub(r"\[(\d+)\]", lambda found: f".{int(found[1]) + 1}.member", self.path)
        path = ".".join(name[:1].lower() + name[1:] for name in path.split("."))
        return f"Value {value} at '{path}' failed to satisfy constraint: Member must {self.constraint}"


def find_violations(parameters: Dict[str, Any], shape: Shape) -> List[Violation]:
    """Returns the constraints that an operation's parameters violate."""
    findings = _Findings()
    _VALIDATOR._validate(parameters, shape, findings, "")
    return findings.violations


class _Findings:
    """Collects the validator's reports as violations."""

    def __init__(self):
        self.violations = []

    def add(self, name, value, constraint):
        self.violations.append(Violation(name.lstrip("."), value, constraint))

    def report(self, name, reason, param=None, min_allowed=None, **details):
        if reason == "missing required field":
            self.add(f"{name}.{details['required_name']}", None, "not be null")
        elif reason == "unknown field":
            unknown = details["unknown_param"]
            self.add(f"{name}.{unknown}", unknown, f"be one of [{', '.join(details['valid_names'])}]")
        elif reason == "invalid length":
            self.add(name, param, f"have length greater than or equal to {min_allowed}")
        elif reason == "invalid range":
            self.add(name, param, f"be greater than or equal to {min_allowed}")
        elif "members" in details:
            self.add(name, None, f"have exactly one of [{', '.join(details['members'])}]")
        else:
            types = re.sub(r"<class '(?:\w+\.)*(\w+)'>", r"\1", ", ".join(details.get("valid_types", ["JSON"])))
            self.add(name, param, f"have the type {types}")


class _Validator(ParamValidator):
    # The validator checks the members of a list one by one only if they have one of these.
    VALIDATED_METADATA_ATTRS = ParamValidator.VALIDATED_METADATA_ATTRS | {"max", "pattern", "enum"}

    def _validate_string(self, param, shape, errors, name):
        super()._validate_string(param, shape, errors, name)
        if not isinstance(param, str):
            return
        _check_length(param, len(param), shape, errors, name)
        pattern, values = shape.metadata.get("pattern"), shape.metadata.get("enum")
        if pattern and not _matches(pattern, param):
            errors.add(name, param, f"satisfy regular expression pattern: {pattern}")
        if values and param not in values:
            errors.add(name, param, f"satisfy enum value set: [{', '.join(values)}]")

    def _validate_list(self, param, shape, errors, name):
        super()._validate_list(param, shape, errors, name)
        if isinstance(param, list):
            _check_length(param, len(param), shape, errors, name)

    def _validate_map(self, param, shape, errors, name):
        super()._validate_map(param, shape, errors, name)
        if isinstance(param, dict):
            _check_length(param, len(param), shape, errors, name)

    def _validate_blob(self, param, shape, errors, name):
        super()._validate_blob(param, shape, errors, name)
        if isinstance(param, str):
            # The text is the Base64 of the bytes.
            _check_length(param, len(param) * 3 // 4 - param[-2:].count("="), shape, errors, name)

    def _validate_integer(self, param, shape, errors, name):
        super()._validate_integer(param, shape, errors, name)
        _check_value(param, shape, errors, name)

    def _validate_double(self, param, shape, errors, name):
        super()._validate_double(param, shape, errors, name)
        _check_value(param, shape, errors, name)

    _validate_long, _validate_float = _validate_integer, _validate_double


_VALIDATOR = _Validator()


def _check_length(param, length, shape, errors, name):
    if length > shape.metadata.get("max", length):
        errors.add(name, param, f"have length less than or equal to {shape.metadata['max']}")


def _check_value(param, shape, errors, name):
    if isinstance(param, (int, float)) and param > shape.metadata.get("max", param):
        errors.add(name, param, f"be less than or equal to {shape.metadata['max']}")


def _matches(pattern, text):
    expression = _compile(pattern)
    return expression is None or expression.fullmatch(text)


@lru_cache(maxsize=None)
def _compile(pattern):
    expression = pattern
    for java, python in _JAVA.items():
        expression = expression.replace(java, python)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return re.compile(expression)
    except re.error:
        unchecked_patterns.add(pattern)
        return None
