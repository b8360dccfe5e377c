"""The refusals of Lambda and S3 for what invokes a function, beyond their service models."""

from itertools import combinations

# https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-parameters.html
_OF_STREAMS = (
    "BisectBatchOnFunctionError",
    "MaximumRecordAgeInSeconds",
    "MaximumRetryAttempts",
    "ParallelizationFactor",
    "StartingPosition",
    "TumblingWindowInSeconds",
)
_MOST_WITHOUT_WINDOW = 10


def mapping_mistake(parameters):
    """Returns AWS's reason to refuse CreateEventSourceMapping with these parameters, or None."""
    arn = parameters.get("EventSourceArn") or ""
    if arn.split(":")[2:3] == ["sqs"]:
        return _queue_mistake(arn, parameters)
    if arn.split(":")[2:3] in (["dynamodb"], ["kinesis"]) and not parameters.get("StartingPosition"):
        return "StartingPosition is required for streams"
    return None


def _queue_mistake(arn, parameters):
    for name in _OF_STREAMS:
        if parameters.get(name) is not None:
            return f"Unsupported {name} parameter for given event source mapping type."
    window = parameters.get("MaximumBatchingWindowInSeconds") or 0
    is_large = (parameters.get("BatchSize") or 0) > _MOST_WITHOUT_WINDOW
    if arn.endswith(".fifo") and (window or is_large):
        return "A FIFO queue takes no batching window, and a batch size of 10 at most"
    if is_large and not window:
        return "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10"
    return None


def notification_mistake(parameters):
    """Returns AWS's reason to refuse PutBucketNotificationConfiguration with these parameters, or None.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-filtering.html
    """
    configuration = parameters.get("NotificationConfiguration") or {}
    kinds = ("LambdaFunctionConfigurations", "QueueConfigurations", "TopicConfigurations")
    rules = [rule for kind in kinds for rule in configuration.get(kind) or []]
    if any(_collide(one, other) for one, other in combinations(rules, 2)):
        return (
            "Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if the prefixes are"
            " overlapping for the same event type."
        )
    return None


def _collide(one, other):
    return (
        _share_event(one, other)
        and _overlap(_filter(one, "prefix"), _filter(other, "prefix"), str.startswith)
        and _overlap(_filter(one, "suffix"), _filter(other, "suffix"), str.endswith)
    )


def _share_event(one, other):
    pairs = ((event, another) for event in one.get("Events") or [] for another in other.get("Events") or [])
    return any(_overlap(event.rstrip("*"), another.rstrip("*"), str.startswith) for event, another in pairs)


def _overlap(one, other, covers):
    return covers(one, other) or covers(other, one)


def _filter(rule, name):
    rules = ((rule.get("Filter") or {}).get("Key") or {}).get("FilterRules") or []
    return next((each.get("Value") or "" for each in rules if (each.get("Name") or "").lower() == name), "")
