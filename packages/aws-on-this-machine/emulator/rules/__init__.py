"""AWS's refusals beyond its service models."""

from .event_sources import mapping_mistake, notification_mistake
from .http_api_cors import cors_mistake

# By service model and operation: a function that returns AWS's reason to refuse the parameters, or None.
RULES = {
    ("apigatewayv2", "CreateApi"): cors_mistake,
    ("apigatewayv2", "UpdateApi"): cors_mistake,
    ("lambda", "CreateEventSourceMapping"): mapping_mistake,
    ("s3", "PutBucketNotificationConfiguration"): notification_mistake,
}
