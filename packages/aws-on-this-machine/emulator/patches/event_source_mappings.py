"""Completes event source mappings."""

from invocations.process import PROCESS
from moto.awslambda.models import EventSourceMapping
from moto.dynamodb.models.table import Table
from moto.kinesis.models import Stream
from moto.sqs.models import Queue


class _Mappings(dict):
    """The mappings of a source. It has no items for moto while the registered process polls the source."""

    def items(self):
        return () if PROCESS.serves_event_sources else super().items()


def leave_event_sources_to_the_process():
    """moto invokes a function for each record at once: without batches, retries, filters and destinations."""

    def set_mappings(self, mappings):
        self._mappings = _Mappings(mappings)

    for source in (Queue, Table, Stream):
        source.lambda_event_source_mappings = property(lambda self: self._mappings, set_mappings)


def complete_configurations():
    """moto leaves out AWS's defaults, and returns configurations that an update has emptied."""
    get = EventSourceMapping.get_configuration

    def get_configuration(self):
        is_queue = self._get_service_source_from_arn().startswith("sqs")
        defaults = {"MaximumBatchingWindowInSeconds": 0, "FunctionResponseTypes": []}
        if not is_queue:
            defaults.update(
                {
                    "BisectBatchOnFunctionError": False,
                    "DestinationConfig": {"OnFailure": {}},
                    "MaximumRecordAgeInSeconds": -1,
                    "MaximumRetryAttempts": -1,
                    "ParallelizationFactor": 1,
                    "TumblingWindowInSeconds": 0,
                }
            )
        configuration = {**defaults, **get(self)}
        # An empty configuration removes it.
        for name in ("FilterCriteria", "ScalingConfig"):
            if not any((configuration.get(name) or {}).values()):
                configuration.pop(name, None)
        if is_queue:
            configuration["StateTransitionReason"] = "USER_INITIATED"
            configuration.pop("StartingPosition", None)
        return configuration

    EventSourceMapping.get_configuration = get_configuration
