"""Versions of functions."""

import copy

from invocations.target import split_name
from moto.awslambda.exceptions import LambdaClientError
from moto.awslambda.models import LambdaBackend, LambdaFunction, LambdaStorage


class _Conflict(LambdaClientError):
    code = 409

    def __init__(self, message):
        super().__init__("ResourceConflictException", message)


def publish_as_lambda_does():
    """moto publishes unchanged code again, and gives a new version the number of a deleted one.

    https://docs.aws.amazon.com/lambda/latest/api/API_PublishVersion.html
    """

    def publish_version(self, name_or_arn, description=""):
        function = self.get_function_by_name_or_arn_forbid_qualifier(name_or_arn)
        versions, content = self._functions[function.function_name]["versions"], _content(function)
        if versions and versions[-1].published_content == content:
            return versions[-1]
        version = copy.copy(function)
        function.published = getattr(function, "published", 0) + 1
        version.set_version(function.published)
        version.code, version.published_content = dict(function.code), content
        version.description = description or version.description
        versions.append(version)
        self._arns[version.function_arn] = version
        return version

    def update_function_code(self, function_name, qualifier, body):
        configuration = self.get_function(function_name, qualifier).update_function_code(body)
        if not body.get("Publish") or body.get("DryRun"):
            return configuration
        return self.publish_version(function_name).get_configuration()

    LambdaStorage.publish_version = publish_version
    LambdaBackend.update_function_code = update_function_code


def keep_versions_of_aliases():
    """moto deletes a version that an alias names. The alias would then lead nowhere."""
    delete = LambdaBackend.delete_function

    def delete_function(self, function_name, qualifier=None):
        name, own_qualifier = split_name(function_name)
        version = own_qualifier or qualifier
        if version:
            aliases = [alias.name for alias in self.list_aliases(name) if version in _versions_of(alias)]
            if aliases:
                reason = f"Unable to delete version because the following aliases reference it: {aliases}"
                raise _Conflict(reason.replace("'", ""))
        return delete(self, function_name, qualifier)

    LambdaBackend.delete_function = delete_function


def _versions_of(alias):
    return alias.function_version, *((alias.routing_config or {}).get("AdditionalVersionWeights") or {})


def _content(function: LambdaFunction):
    """All that a version keeps of a function."""
    of_publication = ("FunctionArn", "LastModified", "Version")
    return {name: value for name, value in function.get_configuration().items() if name not in of_publication}
