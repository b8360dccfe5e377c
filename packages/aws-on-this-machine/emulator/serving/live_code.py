"""Makes a function's code live at once, as saves on this machine do. `CreateDeployment` does it gradually."""

from urllib.parse import parse_qs

from invocations.target import split_name
from moto.awslambda.models import lambda_backends
from moto.codedeploy.models import codedeploy_backends
from request_check import json_response

PATH = "/_emulator/live"

# As many as a release keeps.
_KEPT_VERSIONS = 10


class LiveCode:
    """A WSGI application that passes on all requests but those for its path. It expects one request at a time.

    A PUT of /_emulator/live?function=ARN publishes $LATEST, if it differs from the newest version, and points the
    aliases to it that have served the newest version before. Returns {"held": {"ALIAS": "DEPLOYMENT"}} with those that
    stay, because a deployment is under way.
    """

    def __init__(self, application):
        self._application = application

    def __call__(self, environ, start_response):
        if environ["PATH_INFO"] != PATH:
            return self._application(environ, start_response)
        (arn,) = parse_qs(environ["QUERY_STRING"])["function"]
        _, _, _, region, account, *_ = arn.split(":")
        return json_response({"held": _go_live(account, region, split_name(arn)[0])})(environ, start_response)


def _go_live(account, region, name):
    functions = lambda_backends[account][region]
    following = [alias for alias in functions.list_aliases(name) if alias.follows]
    if not following:
        return {}
    version, held = str(functions.publish_version(name).version), {}
    deployments = _deployments_of(account, region, name)
    for alias in following:
        deployment = next((each for each in deployments if each.shift.alias == alias.name), None)
        if deployment:
            held[alias.name] = deployment.deployment_id
        elif alias.function_version != version or alias.routing_config:
            functions.update_alias(alias.name, name, version, None, {"AdditionalVersionWeights": {}})
    shifts = [each.shift for each in deployments]
    _delete_old_versions(functions, name, {version for shift in shifts for version in (shift.current, shift.target)})
    return held


def _deployments_of(account, region, function):
    """Those that are under way."""
    all_known = codedeploy_backends[account][region].deployments.values()
    active = [each for each in all_known if getattr(each, "shift", None) and each.is_active]
    return [each for each in active if split_name(each.shift.function)[0] == function]


def _delete_old_versions(functions, name, of_deployments):
    named = of_deployments | {alias.function_version for alias in functions.list_aliases(name)}
    for alias in functions.list_aliases(name):
        named.update((alias.routing_config or {}).get("AdditionalVersionWeights") or {})
    published = [str(each.version) for each in list(functions.list_versions_by_function(name))[1:]]
    for version in published[:-_KEPT_VERSIONS]:
        if version not in named:
            functions.delete_function(name, version)
