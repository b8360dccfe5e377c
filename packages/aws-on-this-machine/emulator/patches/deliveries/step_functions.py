"""Completes Step Functions."""

import copy

from moto.core.responses import ActionResult
from moto.moto_api._internal import mock_random
from moto.stepfunctions.models import StateMachine
from moto.stepfunctions.parser.api import InvalidDefinition
from moto.stepfunctions.parser.models import StepFunctionsParserBackend
from moto.stepfunctions.responses import StepFunctionResponse


def start_executions_repeatedly():
    """moto names every execution None whose start has no name, and fails to copy a state machine with executions."""
    get_parameter = StepFunctionResponse._get_param

    def get_param(self, name, if_none=None):
        value = get_parameter(self, name, if_none)
        is_start = self.headers.get("X-Amz-Target", "").endswith((".StartExecution", ".StartSyncExecution"))
        return str(mock_random.uuid4()) if name == "name" and value is None and is_start else value

    def copy_without_executions(self, memo):
        clone = copy.copy(self)
        clone.executions = []
        return clone

    StepFunctionResponse._get_param = get_param
    StateMachine.__deepcopy__ = copy_without_executions


def answer_as_the_provider_asks():
    """The AWS provider lets Step Functions check each definition, and lists the versions of each state machine."""

    def validate_state_machine_definition(self):
        try:
            StepFunctionsParserBackend._validate_definition(self._get_param("definition"))
        except InvalidDefinition as error:
            diagnostic = {"severity": "ERROR", "code": "SCHEMA_VALIDATION_FAILED", "message": error.message}
            return ActionResult({"result": "FAIL", "diagnostics": [diagnostic]})
        return ActionResult({"result": "OK", "diagnostics": []})

    def list_state_machine_versions(self):
        machine = self.stepfunction_backend.describe_state_machine(self._get_param("stateMachineArn"))
        versions = sorted(machine.versions.values(), key=lambda version: -version.version)
        listed = [{"stateMachineVersionArn": each.arn, "creationDate": each.creation_date} for each in versions]
        return ActionResult({"stateMachineVersions": listed})

    StepFunctionResponse.validate_state_machine_definition = validate_state_machine_definition
    StepFunctionResponse.list_state_machine_versions = list_state_machine_versions
