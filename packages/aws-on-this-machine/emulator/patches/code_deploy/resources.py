"""CodeDeploy's applications, deployment configurations and deployment groups."""

import json
import re
import time

from moto.codedeploy import models
from moto.codedeploy.exceptions import CodeDeployException
from moto.codedeploy.models import CodeDeployBackend, DeploymentGroup
from moto.codedeploy.responses import CodeDeployResponse
from moto.moto_api._internal import mock_random

# https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-configurations.html#deployment-configuration-lambda
_PREDEFINED = re.compile(r"CodeDeployDefault\.Lambda(?:AllAtOnce|(Canary|Linear)10Percent(?:Every)?(\d+)Minutes?)")

_NAMES = ("applicationName", "currentDeploymentGroupName", "newDeploymentGroupName", "tags")


def complete_resources():
    """moto answers with times as text, which no SDK takes, and forgets most of a deployment group."""
    init, create_group = CodeDeployBackend.__init__, CodeDeployResponse.create_deployment_group

    def __init__(self, *args, **kwargs):
        init(self, *args, **kwargs)
        self.deployment_configs = {}

    def create_deployment_group(self):
        answer, given = create_group(self), json.loads(self.body)
        _group(self, given).given = given
        return answer

    models.iso_8601_datetime_with_milliseconds = time.time
    # Recordings repeat the ids of moto's own generator.
    models.uuid = mock_random
    CodeDeployBackend.__init__ = __init__
    DeploymentGroup.to_dict = _describe_group
    CodeDeployResponse.create_deployment_group = create_deployment_group
    for action in (
        *(create_deployment_config, get_deployment_config, list_deployment_configs, delete_deployment_config),
        *(update_application, delete_application, update_deployment_group, delete_deployment_group),
    ):
        setattr(CodeDeployResponse, action.__name__, action)


def find_config(backend, name):
    """Returns a deployment configuration, which may be one of AWS's. Raises moto's error if there is none."""
    found = backend.deployment_configs.get(name)
    predefined = _PREDEFINED.fullmatch(name or "")
    if found or not predefined:
        if not found:
            raise refusal(
                "DeploymentConfigDoesNotExistException", f"No deployment configuration found for name: {name}"
            )
        return found
    routing, (kind, minutes) = {"type": "AllAtOnce"}, predefined.groups()
    if kind:
        steps = {f"{kind.lower()}Percentage": 10, f"{kind.lower()}Interval": int(minutes)}
        routing = {"type": f"TimeBased{kind}", f"timeBased{kind}": steps}
    return {"deploymentConfigName": name, "computePlatform": "Lambda", "trafficRoutingConfig": routing}


def refusal(code, message):
    return CodeDeployException(code, message)


def create_deployment_config(self):
    given, configs = json.loads(self.body), self.codedeploy_backend.deployment_configs
    name = given["deploymentConfigName"]
    if name in configs:
        raise refusal("DeploymentConfigAlreadyExistsException", f"Deployment configuration {name} already exists.")
    identity = {"deploymentConfigId": str(mock_random.uuid4()), "createTime": time.time()}
    configs[name] = {"computePlatform": "Server", **given, **identity}
    return json.dumps({"deploymentConfigId": identity["deploymentConfigId"]})


def get_deployment_config(self):
    found = find_config(self.codedeploy_backend, self._get_param("deploymentConfigName"))
    return json.dumps({"deploymentConfigInfo": found})


def list_deployment_configs(self):
    return json.dumps({"deploymentConfigsList": list(self.codedeploy_backend.deployment_configs)})


def delete_deployment_config(self):
    name, backend = self._get_param("deploymentConfigName"), self.codedeploy_backend
    groups = [group for groups in backend.deployment_groups.values() for group in groups.values()]
    if any(group.given.get("deploymentConfigName") == name for group in groups):
        raise refusal("DeploymentConfigInUseException", f"The deployment configuration {name} is in use.")
    backend.deployment_configs.pop(name, None)
    return "{}"


def update_application(self):
    given, backend = json.loads(self.body), self.codedeploy_backend
    application = backend.get_application(given["applicationName"])
    name = given.get("newApplicationName") or application.application_name
    for kept in (backend.applications, backend.deployment_groups):
        if application.application_name in kept:
            kept[name] = kept.pop(application.application_name)
    application.application_name = name
    return "{}"


def delete_application(self):
    name, backend = self._get_param("applicationName"), self.codedeploy_backend
    backend.applications.pop(name, None)
    backend.deployment_groups.pop(name, None)
    return "{}"


def update_deployment_group(self):
    given = json.loads(self.body)
    application, name = given["applicationName"], given["currentDeploymentGroupName"]
    group = self.codedeploy_backend.get_deployment_group(application, name)
    group.given.update({key: value for key, value in given.items() if key not in _NAMES})
    group.deployment_group_name = given.get("newDeploymentGroupName") or name
    groups = self.codedeploy_backend.deployment_groups[application]
    groups[group.deployment_group_name] = groups.pop(name)
    return "{}"


def delete_deployment_group(self):
    groups = self.codedeploy_backend.deployment_groups.get(self._get_param("applicationName"), {})
    groups.pop(self._get_param("deploymentGroupName"), None)
    return json.dumps({"hooksNotCleanedUp": []})


def _group(response, given):
    return response.codedeploy_backend.get_deployment_group(given["applicationName"], given["deploymentGroupName"])


def _describe_group(self):
    return {
        "deploymentConfigName": str(self.deployment_config_name),
        "outdatedInstancesStrategy": "UPDATE",
        **{name: value for name, value in self.given.items() if name not in _NAMES},
        "applicationName": self.application.application_name,
        "computePlatform": self.application.compute_platform,
        "deploymentGroupId": self.deployment_group_id,
        "deploymentGroupName": self.deployment_group_name,
    }
