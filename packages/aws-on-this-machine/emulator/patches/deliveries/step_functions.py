"""Completes Step Functions."""

import copy

from moto.moto_api._internal import mock_random
from moto.stepfunctions.models import StateMachine
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
