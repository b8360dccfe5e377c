"""Aliases of functions."""

from invocations.process import PROCESS
from invocations.target import split_name
from moto.awslambda.exceptions import InvalidParameterValueException
from moto.awslambda.models import LambdaBackend, LambdaStorage
from moto.awslambda.utils import make_function_arn
from moto.moto_api._internal import mock_random


def tell_changes_of_aliases():
    """The process that runs functions follows an alias from the moment on at which it changes."""
    put, update, delete = LambdaStorage.put_alias, LambdaStorage.update_alias, LambdaStorage.delete_alias

    def put_alias(self, name, function_name, function_version, description, routing_config):
        _check_routing(self, function_name, function_version, routing_config)
        alias = put(self, name, function_name, function_version, description, routing_config)
        alias.follows = _is_newest(self, function_name, function_version)
        _tell(self, function_name)
        return alias

    def update_alias(self, name, function_name, function_version, description, routing_config):
        known = self.get_alias(name, function_name)
        _check_routing(self, function_name, function_version or known.function_version, routing_config)
        alias = update(self, name, function_name, function_version, description, routing_config)
        alias.revision_id = str(mock_random.uuid4())
        if not (alias.routing_config or {}).get("AdditionalVersionWeights"):
            alias.routing_config = None
        alias.follows = alias.follows or _is_newest(self, function_name, function_version)
        _tell(self, function_name)
        return alias

    def delete_alias(self, name, function_name):
        delete(self, name, function_name)
        function = self.get_function_by_name_or_arn_with_qualifier(function_name)
        for settings in (function.qualified_policies, function.invoke_configs):
            settings.pop(name, None)
        _tell(self, function_name)

    LambdaStorage.put_alias, LambdaStorage.update_alias, LambdaStorage.delete_alias = (
        put_alias,
        update_alias,
        delete_alias,
    )


def keep_qualifiers_of_event_sources():
    """moto replaces an alias in an event source mapping by the version that it names at that time."""
    create, update = LambdaBackend.create_event_source_mapping, LambdaBackend.update_event_source_mapping

    def create_event_source_mapping(self, spec):
        mapping = create(self, spec)
        mapping.function_arn = _qualified_arn(self, spec["FunctionName"])
        return mapping

    def update_event_source_mapping(self, uuid, spec):
        mapping = update(self, uuid, spec)
        if mapping and "FunctionName" in spec:
            mapping.function_arn = _qualified_arn(self, spec["FunctionName"])
        return mapping

    LambdaBackend.create_event_source_mapping = create_event_source_mapping
    LambdaBackend.update_event_source_mapping = update_event_source_mapping


def _qualified_arn(backend, function_name):
    name, qualifier = split_name(function_name)
    arn = make_function_arn(backend.region_name, backend.account_id, name)
    return f"{arn}:{qualifier}" if qualifier else arn


def _check_routing(storage, function_name, function_version, routing):
    """https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html"""
    for version in (routing or {}).get("AdditionalVersionWeights") or {}:
        if "$LATEST" in (version, function_version):
            raise InvalidParameterValueException("$LATEST is not supported for an alias with several versions.")
        if version == function_version:
            raise InvalidParameterValueException(f"The alias names version {version} twice.")
        storage.get_function_by_name_or_arn_with_qualifier(function_name, version)


def _is_newest(storage, function_name, version):
    return str(list(storage.list_versions_by_function(split_name(function_name)[0]))[-1].version) == version


def _tell(storage, function_name):
    name, _ = split_name(function_name)
    PROCESS.tell_change(make_function_arn(storage.region_name, storage.account_id, name))
