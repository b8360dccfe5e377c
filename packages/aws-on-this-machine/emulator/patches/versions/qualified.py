"""Settings that a function, each version and each alias have for themselves, such as a policy."""

import json
from datetime import datetime, timezone
from urllib.parse import unquote

from invocations.target import split_name
from moto.awslambda import urls as lambda_urls
from moto.awslambda.exceptions import LambdaClientError, UnknownEventConfig
from moto.awslambda.models import EventInvokeConfig, LambdaBackend, LambdaFunction
from moto.awslambda.policy import Policy
from moto.awslambda.responses import LambdaResponse
from moto.core.responses import ActionResult


def keep_settings_of_qualifiers():
    """moto gives all versions and aliases of a function the same settings."""
    init = LambdaFunction.__init__

    def __init__(self, *args, **kwargs):
        init(self, *args, **kwargs)
        # The versions share them with their function.
        self.qualified_policies, self.invoke_configs, self.provisioned = {}, {}, {}

    LambdaFunction.__init__ = __init__
    _keep_policies()
    _keep_invoke_configs()
    _keep_provisioned_concurrency()


def _keep_policies():
    # https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html#API_AddPermission_RequestSyntax
    def add_permission(self, function_name, qualifier, raw):
        function, qualifier = _find(self, function_name, qualifier)
        return _policy(function, qualifier).add_statement(raw, qualifier)[0]

    def get_policy(self, function_name, qualifier=None):
        return _policy(*_find(self, function_name, qualifier)).wire_format()

    def remove_permission(self):
        name, _, statement_id = self.path.split("/")[-3:]
        policy = _policy(*_find(self.backend, unquote(name), _qualifier(self)))
        policy.del_statement(unquote(statement_id), self.querystring.get("RevisionId", [""])[0])
        return 204, {"status": 204}, ""

    LambdaBackend.add_permission, LambdaBackend.get_policy = add_permission, get_policy
    LambdaResponse.remove_permission = remove_permission


def _keep_invoke_configs():
    """moto also answers with the first configuration of all that were put."""

    def change(response, keeps_others):
        function, qualifier = _find(response.backend, unquote(response.path.rsplit("/", 2)[1]), _qualifier(response))
        former = (
            function.invoke_configs[qualifier].config if keeps_others and qualifier in function.invoke_configs else {}
        )
        arn = f"{function.function_arn}:{qualifier or '$LATEST'}"
        config = EventInvokeConfig(arn, function.last_modified, {**former, **response.json_body})
        function.invoke_configs[qualifier] = config
        return ActionResult(config.response())

    def find(response):
        function, qualifier = _find(response.backend, unquote(response.path.rsplit("/", 2)[1]), _qualifier(response))
        if qualifier not in function.invoke_configs:
            raise UnknownEventConfig(f"{function.function_arn}:{qualifier or '$LATEST'}")
        return function, qualifier

    def get_function_event_invoke_config(self):
        function, qualifier = find(self)
        return ActionResult(function.invoke_configs[qualifier].response())

    def delete_function_event_invoke_config(self):
        function, qualifier = find(self)
        del function.invoke_configs[qualifier]
        return 204, {"status": 204}, ""

    def list_function_event_invoke_configs(self):
        function, _ = _find(self.backend, unquote(self.path.rsplit("/", 3)[1]), None)
        return ActionResult(
            {"FunctionEventInvokeConfigs": [each.response() for each in function.invoke_configs.values()]}
        )

    LambdaResponse.put_function_event_invoke_config = lambda self: change(self, keeps_others=False)
    LambdaResponse.update_function_event_invoke_config = lambda self: change(self, keeps_others=True)
    LambdaResponse.get_function_event_invoke_config = get_function_event_invoke_config
    LambdaResponse.delete_function_event_invoke_config = delete_function_event_invoke_config
    LambdaResponse.list_function_event_invoke_configs = list_function_event_invoke_configs


def _keep_provisioned_concurrency():
    """moto lacks these settings. They have no effect here: processes start on demand."""

    def find(response):
        return _find(response.backend, unquote(response.path.rsplit("/", 2)[1]), _qualifier(response))

    def put_provisioned_concurrency_config(self):
        function, qualifier = find(self)
        count = self.json_body["ProvisionedConcurrentExecutions"]
        names = [f"{kind}ProvisionedConcurrentExecutions" for kind in ("Requested", "Allocated", "Available")]
        modified = f"{datetime.now(timezone.utc):%Y-%m-%dT%H:%M:%S}+0000"
        config = {**dict.fromkeys(names, count), "Status": "READY", "LastModified": modified}
        function.provisioned[qualifier] = config
        return 202, {"status": 202}, json.dumps(config)

    def get_provisioned_concurrency_config(self):
        function, qualifier = find(self)
        # ListProvisionedConcurrencyConfigs has the same path.
        if "List" in self.querystring:
            arn = function.function_arn
            configs = [{"FunctionArn": f"{arn}:{name}", **config} for name, config in function.provisioned.items()]
            return 200, {"status": 200}, json.dumps({"ProvisionedConcurrencyConfigs": configs})
        if qualifier not in function.provisioned:
            name = "ProvisionedConcurrencyConfigNotFoundException"
            raise LambdaClientError(name, "No Provisioned Concurrency Config found for this function")
        return ActionResult(function.provisioned[qualifier])

    def delete_provisioned_concurrency_config(self):
        function, qualifier = find(self)
        function.provisioned.pop(qualifier, None)
        return 204, {"status": 204}, ""

    path = r"{0}/(?P<api_version>[^/]+)/functions/(?P<function_name>[\w_:%-]+)/provisioned-concurrency/?$"
    lambda_urls.url_paths[path] = LambdaResponse.dispatch
    LambdaResponse.put_provisioned_concurrency_config = put_provisioned_concurrency_config
    LambdaResponse.get_provisioned_concurrency_config = get_provisioned_concurrency_config
    LambdaResponse.list_provisioned_concurrency_configs = get_provisioned_concurrency_config
    LambdaResponse.delete_provisioned_concurrency_config = delete_provisioned_concurrency_config


def _find(backend, function_name, qualifier):
    """The function, and the qualifier of a name or of a request; None for $LATEST. Raises if they do not exist."""
    name, own_qualifier = split_name(function_name)
    qualifier = own_qualifier or qualifier
    backend.get_function(name, qualifier)
    return backend.get_function(name), None if qualifier == "$LATEST" else qualifier


def _policy(function, qualifier):
    return function.qualified_policies.setdefault(qualifier, Policy(function)) if qualifier else function.policy


def _qualifier(response):
    return response.querystring.get("Qualifier", [None])[0]
