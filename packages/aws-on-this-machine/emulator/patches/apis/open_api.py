"""Imports OpenAPI descriptions of HTTP APIs."""

import yaml
from moto.apigatewayv2.models import Api

# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html
_ANY = "x-amazon-apigateway-any-method"
_INTEGRATION = "x-amazon-apigateway-integration"
_AUTHORIZER = "x-amazon-apigateway-authorizer"
_CORS = "x-amazon-apigateway-cors"

_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", _ANY)


def import_whole_descriptions():
    """moto forgets the stages, and ignores authorizers and most of an integration."""

    def import_api(self, body_str, fail_on_warnings):
        body = yaml.safe_load(body_str)
        info, schemes = body.get("info", {}), body.get("components", {}).get("securitySchemes", {})
        self.name, self.version = info.get("title", self.name), str(info.get("version", self.version or ""))
        self.cors_configuration = body.get(_CORS, self.cors_configuration)
        for made in (self.routes, self.integrations, self.authorizers, self.models):
            made.clear()
        authorizers = {name: _authorize(self, name, each) for name, each in schemes.items() if _AUTHORIZER in each}
        for path, operations in body.get("paths", {}).items():
            for method in (each for each in _METHODS if each in operations):
                operation = operations[method]
                integration = _integrate(self, body, operation.get(_INTEGRATION))
                security = operation.get("security", body.get("security", []))
                self.create_route(
                    api_key_required=False,
                    route_key="$default" if path == "/$default" else f"{_method(method)} {path}",
                    target=integration and f"integrations/{integration.id}",
                    operation_name=operation.get("operationId"),
                    **_authorization(authorizers, security),
                )

    Api.import_api = import_api


def _method(name):
    return "ANY" if name == _ANY else name.upper()


def _integrate(api, body, described):
    for name in (described or {}).get("$ref", "").split("/")[1:]:
        body = body[name]
        described = body
    if not described:
        return None
    return api.create_integration(
        connection_id=described.get("connectionId"),
        connection_type=described.get("connectionType", "INTERNET"),
        credentials_arn=described.get("credentials"),
        description=described.get("description"),
        integration_method=described.get("httpMethod"),
        integration_subtype=described.get("integrationSubtype"),
        integration_type=described["type"].upper(),
        integration_uri=described.get("uri"),
        # A number loses its zero in JSON.
        payload_format_version=f"{float(described.get('payloadFormatVersion', 1)):.1f}",
        request_parameters=described.get("requestParameters"),
        response_parameters=described.get("responseParameters"),
        timeout_in_millis=described.get("timeoutInMillis"),
        tls_config=described.get("tlsConfig"),
    )


def _authorize(api, name, scheme):
    described = scheme[_AUTHORIZER]
    sources = described.get("identitySource", "$request.header.Authorization")
    return api.create_authorizer(
        auth_creds_arn=described.get("authorizerCredentials"),
        auth_payload_format_version=described.get("authorizerPayloadFormatVersion"),
        auth_result_ttl=described.get("authorizerResultTtlInSeconds"),
        authorizer_type=described["type"].upper(),
        authorizer_uri=described.get("authorizerUri"),
        enable_simple_response=described.get("enableSimpleResponses"),
        identity_source=[each.strip() for each in sources.split(",")] if isinstance(sources, str) else sources,
        identity_validation_expr=None,
        jwt_config=described.get("jwtConfiguration"),
        name=name,
    )


def _authorization(authorizers, security):
    for name, scopes in (pair for each in security for pair in each.items()):
        if name in authorizers:
            kind = "JWT" if authorizers[name].authorizer_type == "JWT" else "CUSTOM"
            return {
                "authorization_type": kind,
                "authorizer_id": authorizers[name].id,
                "authorization_scopes": scopes or None,
            }
    return {"authorization_type": "NONE", "authorization_scopes": None}
