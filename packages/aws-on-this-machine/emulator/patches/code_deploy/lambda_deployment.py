"""A deployment of CodeDeploy that shifts the traffic of a function's alias."""

import json
import os
from typing import NamedTuple

from moto.awslambda.models import lambda_backends
from moto.cloudwatch.models import cloudwatch_backends
from moto.core.exceptions import JsonRESTError
from moto.moto_api._internal import mock_random

from .resources import find_config, refusal

# Tests set it, so that a minute of a deployment is shorter.
_MINUTE = float(os.environ.get("EMULATOR_MINUTE_SECONDS") or 60)

ALL_AT_ONCE = "CodeDeployDefault.LambdaAllAtOnce"
_ACTIVE = ("Created", "InProgress")


class Shift(NamedTuple):
    """The content of an AppSpec file: https://docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file-structure-resources.html"""

    function: str
    alias: str
    current: str
    target: str

    @property
    def app_spec(self):
        properties = {
            **{"Name": self.function, "Alias": self.alias},
            **{"CurrentVersion": self.current, "TargetVersion": self.target},
        }
        resource = {"Type": "AWS::Lambda::Function", "Properties": properties}
        return json.dumps({"version": 0.0, "Resources": [{self.function: resource}]})


def read_shift(revision) -> Shift:
    """Reads a revision of the type AppSpecContent. Raises moto's error for all that AWS refuses."""
    kind = (revision or {}).get("revisionType")
    # https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_RevisionLocation.html
    content = (
        (revision or {}).get({"AppSpecContent": "appSpecContent", "String": "string"}.get(kind), {}).get("content")
    )
    try:
        app_spec = json.loads(content)
        ((resource,),) = [each.values() for each in app_spec["Resources"]]
        names = ("Name", "Alias", "CurrentVersion", "TargetVersion")
        shift = Shift(*(str(resource["Properties"][name]) for name in names))
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise refusal("InvalidRevisionException", f"The AppSpec is no JSON with one function: {error!r}") from error
    if app_spec.get("Hooks"):
        raise NotImplementedError("hooks of a deployment")
    return shift


class LambdaDeployment:
    """Goes on whenever `advance` is called."""

    def __init__(self, backend, group, shift, config_name, revision, now, undone=None):
        self.backend, self.group, self.shift, self.undone = backend, group, shift, undone
        self.application_name, self.deployment_group_name = (
            group.application.application_name,
            group.deployment_group_name,
        )
        self.config_name = config_name
        self.watched = group.given.get("alarmConfiguration") or {}
        self.steps = _steps(find_config(backend, config_name)["trafficRoutingConfig"])
        self.revision = revision
        self.deployment_id = f"d-{mock_random.uuid4().hex[:9].upper()}"
        self.status, self.percent = "Created", 0
        self.created, self.started, self.completed = now, None, None
        self.error, self.rollback_id, self.description = None, None, None

    @property
    def is_active(self):
        return self.status in _ACTIVE

    def advance(self, now):
        """Does what is due. Returns a further deployment that begins to undo this one, or None."""
        try:
            if self.status == "Created":
                self._begin(now)
            return self._go_on(now) if self.is_active else None
        except JsonRESTError as error:
            return self.end("Failed", now, "INVALID_LAMBDA_FUNCTION", error.message)

    def end(self, status, now, code=None, message="", rolls_back=None):
        """Returns the deployment that undoes this one, or None."""
        self.status, self.completed = status, now
        if code:
            self.error = {"code": code, "message": message}
        events = {"ALARM_ACTIVE": "DEPLOYMENT_STOP_ON_ALARM", "MANUAL_STOP": "DEPLOYMENT_STOP_ON_REQUEST"}
        automatic = self.group.given.get("autoRollbackConfiguration") or {}
        is_due = automatic.get("enabled") and events.get(code, "DEPLOYMENT_FAILURE") in automatic.get("events", ())
        # AWS also undoes a deployment that an alarm stops before its first step.
        shifts = self.percent or code == "ALARM_ACTIVE"
        if status == "Succeeded" or not shifts or not (is_due if rolls_back is None else rolls_back):
            return None
        back = self.shift._replace(current=self.shift.target, target=self.shift.current)
        revision = {"revisionType": "AppSpecContent", "appSpecContent": {"content": back.app_spec}}
        undoing = LambdaDeployment(
            self.backend, self.group, back, ALL_AT_ONCE, revision, now, undone=self.deployment_id
        )
        self.rollback_id = undoing.deployment_id
        return undoing

    def _begin(self, now):
        self.status, self.started = "InProgress", now
        functions, shift = self._lambda, self.shift
        functions.get_function(shift.function, shift.target)
        alias = functions.get_alias(shift.alias, shift.function)
        # https://docs.aws.amazon.com/codedeploy/latest/userguide/troubleshooting-deployments-lambda.html
        shares = (alias.routing_config or {}).get("AdditionalVersionWeights")
        serves = " and ".join([alias.function_version, *(shares or ())])
        if self.undone is None and serves != shift.current:
            reason = f"The alias {shift.alias} of {shift.function} serves version {serves}, not {shift.current}."
            self.end("Failed", now, "INVALID_LAMBDA_CONFIGURATION", reason)

    def _go_on(self, now):
        alarms = [] if self.undone else self._active_alarms()
        if alarms:
            # AWS's own words.
            names = " ".join(f"<{each}>" for each in alarms)
            reason = (
                "One or more alarms have been activated according to the Amazon CloudWatch metrics you selected, and"
                f" the affected deployments have been stopped. Activated alarms: {names}"
            )
            return self.end("Stopped", now, "ALARM_ACTIVE", reason)
        due = max(percent for minutes, percent in self.steps if self.started + minutes * _MINUTE <= now)
        if due != self.percent:
            # First, because a request may stop the deployment while the alias changes.
            self.percent = due
            self._serve(due)
        return self.end("Succeeded", now) if due == 100 and self.is_active else None

    def _serve(self, percent):
        _, alias, current, target = self.shift
        version, weights = (target, {}) if percent == 100 else (current, {target: percent / 100})
        self._lambda.update_alias(alias, self.shift.function, version, None, {"AdditionalVersionWeights": weights})

    def _active_alarms(self):
        known = cloudwatch_backends[self.backend.account_id][self.backend.region_name].alarms
        names = [alarm["name"] for alarm in self.watched.get("alarms", ())] if self.watched.get("enabled") else []
        return [name for name in names if name in known and known[name].state_value == "ALARM"]

    @property
    def _lambda(self):
        return lambda_backends[self.backend.account_id][self.backend.region_name]

    def to_dict(self):
        ended = {"Succeeded": "Succeeded", "InProgress": "InProgress", "Created": "Pending"}.get(self.status, "Failed")
        counted = ("Pending", "InProgress", "Succeeded", "Failed", "Skipped", "Ready")
        rollback = {"rollbackDeploymentId": self.rollback_id, "rollbackTriggeringDeploymentId": self.undone}
        described = {
            "applicationName": self.application_name,
            "deploymentGroupName": self.deployment_group_name,
            "deploymentConfigName": self.config_name,
            "deploymentId": self.deployment_id,
            "description": self.description,
            "revision": self.revision,
            "status": self.status,
            "errorInformation": self.error,
            "createTime": self.created,
            "startTime": self.started,
            "completeTime": self.completed,
            "deploymentOverview": {name: int(name == ended) for name in counted},
            "creator": "codeDeployRollback" if self.undone else "user",
            "rollbackInfo": {name: value for name, value in rollback.items() if value} or None,
            "deploymentStyle": self.group.given.get("deploymentStyle"),
            "computePlatform": "Lambda",
        }
        return {name: value for name, value in described.items() if value is not None}

    def describe_target(self):
        """https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_LambdaFunctionInfo.html"""
        function, alias, current, target = self.shift
        status = {"Created": "Pending", "Stopped": "Failed"}.get(self.status, self.status)
        own = {
            "deploymentId": self.deployment_id,
            "targetId": function,
            "targetArn": self._lambda.get_function(function).function_arn,
            "status": status,
            "lastUpdatedAt": self.completed or self.started or self.created,
            "lifecycleEvents": [{"lifecycleEventName": "AllowTraffic", "status": status}],
            "lambdaFunctionInfo": {
                **{
                    "functionName": function,
                    "functionAlias": alias,
                    "currentVersion": current,
                    "targetVersion": target,
                },
                "targetVersionWeight": self.percent / 100,
            },
        }
        return {"deploymentTargetType": "LambdaFunction", "lambdaTarget": own}


def _steps(routing):
    """The minutes from the start on, and the percentage that the target version gets from then on."""
    if routing["type"] == "TimeBasedCanary":
        canary = routing["timeBasedCanary"]
        return [(0, canary["canaryPercentage"]), (canary["canaryInterval"], 100)]
    if routing["type"] == "TimeBasedLinear":
        percent, minutes = routing["timeBasedLinear"]["linearPercentage"], routing["timeBasedLinear"]["linearInterval"]
        count = -(-100 // percent)
        return [(index * minutes, min(100, (index + 1) * percent)) for index in range(count)]
    return [(0, 100)]
