"""Completes Step Functions."""

import copy
import json
import math
from datetime import datetime, timezone

from moto.core.exceptions import JsonRESTError
from moto.core.responses import ActionResult
from moto.moto_api._internal import mock_random
from moto.stepfunctions.models import StateMachine
from moto.stepfunctions.parser.api import InvalidDefinition
from moto.stepfunctions.parser.backend.execution import SyncExecution
from moto.stepfunctions.parser.models import StepFunctionsParserBackend
from moto.stepfunctions.responses import StepFunctionResponse
from serving.one_at_a_time import let_others_run_during


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


def run_synchronous_executions():
    """moto lacks StartSyncExecution, and makes each state machine a standard one."""
    create = StepFunctionResponse.create_state_machine

    def create_state_machine(self):
        result = create(self)
        machine = self.stepfunction_backend.describe_state_machine(result.result["stateMachineArn"])
        machine.type = machine.sm_type = self._get_param("type", "STANDARD")
        return result

    def start_sync_execution(self):
        backend = self.stepfunction_backend
        machine = backend.describe_state_machine(self._get_param("stateMachineArn"))
        if machine.sm_type != "EXPRESS":
            reason = "This operation is not supported by this type of state machine"
            raise JsonRESTError("StateMachineTypeNotSupported", reason)
        name, text = self._get_param("name"), self._get_param("input", "{}")
        try:
            json.loads(text)
        except ValueError as error:
            raise JsonRESTError("InvalidExecutionInput", f"Invalid State Machine Execution Input: '{error}'") from None
        execution = SyncExecution(
            name=name,
            sm_type=machine.sm_type,
            role_arn=machine.roleArn,
            exec_arn=f"{machine.arn.replace(':stateMachine:', ':express:')}:{name}:{mock_random.uuid4()}",
            account_id=backend.account_id,
            region_name=backend.region_name,
            state_machine=copy.deepcopy(machine),
            start_date=datetime.now(timezone.utc),
            cloud_watch_logging_session=None,
            input_data=text,
            activity_store={},
        )
        # Its tasks send requests to this emulator.
        let_others_run_during(execution.start)()
        output = execution.to_start_sync_execution_output()
        milliseconds = (execution.stop_date - execution.start_date).total_seconds() * 1000
        # AWS bills steps of 100 ms and 64 MB.
        billed = {"billedDurationInMilliseconds": math.ceil(milliseconds / 100) * 100, "billedMemoryUsedInMB": 64}
        return ActionResult({**output, "billingDetails": billed})

    StepFunctionResponse.create_state_machine = create_state_machine
    StepFunctionResponse.start_sync_execution = start_sync_execution
