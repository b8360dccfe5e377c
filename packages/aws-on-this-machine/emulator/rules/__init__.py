"""AWS's refusals beyond its service models."""

from .http_api_cors import cors_mistake

# By service model and operation: a function that returns AWS's reason to refuse the parameters, or None.
RULES = {
    ("apigatewayv2", "CreateApi"): cors_mistake,
    ("apigatewayv2", "UpdateApi"): cors_mistake,
}
