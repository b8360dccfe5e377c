"""Finds the version of a function that an invocation runs."""

import random
from typing import NamedTuple, Optional

from moto.awslambda.exceptions import InvalidParameterValueException
from moto.awslambda.models import LambdaBackend, lambda_backends
from moto.awslambda.utils import make_function_arn
from moto.utilities.arns import parse_arn


class Target(NamedTuple):
    """A version of a function. The alias is empty unless the invocation names it."""

    arn: str
    version: str
    alias: str


def find_target(backend: LambdaBackend, name: str, qualifier: Optional[str] = None) -> Target:
    """Finds a function by its name, its ARN or its partial ARN, each with or without a version or an alias.

    Raises moto's error for a function, a version or an alias that does not exist.
    """
    name, own_qualifier = split_name(name)
    if own_qualifier and qualifier and own_qualifier != qualifier:
        reason = "The derived qualifier from the function name does not match the specified qualifier."
        raise InvalidParameterValueException(reason)
    qualifier = own_qualifier or qualifier
    version = str(backend.get_function(name, qualifier).version)
    arn = make_function_arn(backend.region_name, backend.account_id, name)
    if not qualifier or qualifier == version:
        return Target(arn, version, "")
    alias = backend.get_alias(qualifier, name)
    return Target(arn, _route(version, alias.routing_config), qualifier)


def find_target_of_arn(function_arn: str) -> Target:
    """Finds a function by its ARN, in the account and the Region that the ARN names. Raises as `find_target` does."""
    arn = parse_arn(function_arn)
    return find_target(lambda_backends[arn.account][arn.region], function_arn)


def split_name(name: str):
    """Splits a function's name, its ARN or its partial ARN into the name and its own qualifier, which may be empty."""
    name, _, qualifier = name.rpartition("function:")[2].partition(":")
    return name, qualifier


def _route(version, routing):
    """Picks a version by the weights of an alias: https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html"""
    weights = (routing or {}).get("AdditionalVersionWeights") or {}
    return random.choices([version, *weights], [1 - sum(weights.values()), *weights.values()])[0]
