"""CodeDeploy's deployments of functions. moto's deployments never begin."""

import json
import time
import traceback
from threading import Thread

from moto.codedeploy.models import CodeDeployBackend
from moto.codedeploy.responses import CodeDeployResponse
from serving.one_at_a_time import turn

from .lambda_deployment import LambdaDeployment, read_shift
from .resources import find_config, refusal

_LOOK_SECONDS = 0.2


def run_deployments():
    """Completes deployments of functions. All others stay as moto has them."""
    create, list_all = CodeDeployResponse.create_deployment, CodeDeployBackend.list_deployments

    def create_deployment(self):
        given, backend = json.loads(self.body), self.codedeploy_backend
        application, name = given.get("applicationName"), given.get("deploymentGroupName")
        if backend.get_application(application).compute_platform != "Lambda" or not name:
            return create(self)
        deployment = _make(backend, backend.get_deployment_group(application, name), given)
        _run(deployment)
        return json.dumps({"deploymentId": deployment.deployment_id})

    def list_deployments(self, application_name, deployment_group_name, external_id, include_only_statuses, *others):
        ids = list_all(self, application_name, deployment_group_name, external_id, [], *others)
        statuses = include_only_statuses or [self.deployments[each].status for each in ids]
        return [each for each in ids if self.deployments[each].status in statuses]

    CodeDeployResponse.create_deployment = create_deployment
    CodeDeployBackend.list_deployments = lambda self, **given: list_deployments(self, *given.values())
    for action in (stop_deployment, get_deployment_target, list_deployment_targets, batch_get_deployment_targets):
        setattr(CodeDeployResponse, action.__name__, action)


def active_deployment(backend, group):
    """The deployment of a group that is under way, or None."""
    own = (each for each in backend.deployments.values() if getattr(each, "group", None) is group)
    return next((each for each in own if each.is_active), None)


def stop_deployment(self):
    deployment = self.codedeploy_backend.get_deployment(self._get_param("deploymentId"))
    if not deployment.is_active:
        reason = f"Deployment {deployment.deployment_id} is already complete and cannot be stopped."
        raise refusal("DeploymentAlreadyCompletedException", reason)
    rolls_back = json.loads(self.body).get("autoRollbackEnabled")
    undoing = deployment.end("Stopped", time.time(), "MANUAL_STOP", "The deployment was stopped.", rolls_back)
    if undoing:
        _run(undoing)
    return json.dumps({"status": "Succeeded", "statusMessage": "No more commands will be scheduled for execution."})


def get_deployment_target(self):
    deployment = self.codedeploy_backend.get_deployment(self._get_param("deploymentId"))
    return json.dumps({"deploymentTarget": _target(deployment, self._get_param("targetId"))})


def list_deployment_targets(self):
    deployment = self.codedeploy_backend.get_deployment(self._get_param("deploymentId"))
    return json.dumps({"targetIds": [deployment.shift.function]})


def batch_get_deployment_targets(self):
    deployment = self.codedeploy_backend.get_deployment(self._get_param("deploymentId"))
    return json.dumps({"deploymentTargets": [_target(deployment, each) for each in self._get_param("targetIds")]})


def _make(backend, group, given):
    active = active_deployment(backend, group)
    if active:
        name, deployment = group.deployment_group_name, active.deployment_id
        reason = f"The Deployment Group '{name}' already has an active Deployment '{deployment}'"
        raise refusal("DeploymentLimitExceededException", reason)
    config = given.get("deploymentConfigName") or group.given.get("deploymentConfigName")
    find_config(backend, config)
    deployment = LambdaDeployment(
        backend, group, read_shift(given.get("revision")), config, given["revision"], time.time()
    )
    deployment.description = given.get("description")
    deployment.watched = given.get("overrideAlarmConfiguration") or deployment.watched
    return deployment


def _run(deployment):
    deployment.backend.deployments[deployment.deployment_id] = deployment
    Thread(target=_follow, args=(deployment,), daemon=True).start()


def _follow(deployment):
    while deployment.is_active:
        time.sleep(_LOOK_SECONDS)
        with turn():
            # A request may have stopped it meanwhile.
            undoing = deployment.is_active and _advance(deployment)
            if undoing:
                _run(undoing)


def _advance(deployment):
    try:
        return deployment.advance(time.time())
    except Exception as error:
        traceback.print_exc()
        return deployment.end("Failed", time.time(), "INTERNAL_ERROR", repr(error))


def _target(deployment, target_id):
    if target_id != deployment.shift.function:
        reason = f"The deployment {deployment.deployment_id} has no target {target_id}."
        raise refusal("DeploymentTargetDoesNotExistException", reason)
    return deployment.describe_target()
