"""Completes the domains of API Gateway."""

import hashlib
import json

from moto.acm.models import acm_backends
from moto.apigatewayv2.exceptions import APIGatewayV2Error, BadRequestException
from moto.apigatewayv2.models import ApiGatewayV2Backend
from moto.apigatewayv2.responses import ApiGatewayV2Response

# The zone of API Gateway's regional addresses in us-west-2. Each Region has its own.
_ZONE_OF_ADDRESSES = "Z2OJLYMUO9EFXC"


def complete_domain_names():
    """moto lacks a domain's address, its state and each update, and takes a path twice and of a missing domain."""
    create, create_mapping = ApiGatewayV2Backend.create_domain_name, ApiGatewayV2Backend.create_api_mapping
    mappings = ApiGatewayV2Backend.get_api_mappings

    def configure(backend, domain):
        """AWS has certificates that this emulator does not know."""
        acm = acm_backends[backend.account_id][backend.region_name]
        for each in domain.domain_name_configurations:
            arn = each["certificateArn"]
            # A repeated recording has no request that reads the certificate, and so issues it.
            if arn in acm._certificates and acm.get_certificate(arn).status != "ISSUED":
                raise BadRequestException(f"Certificate {arn} is not issued.")
            digest = hashlib.sha256(domain.domain_name.encode()).hexdigest()[:10]
            each["apiGatewayDomainName"] = f"d-{digest}.execute-api.{backend.region_name}.amazonaws.com"
            each.update(domainNameStatus="AVAILABLE", hostedZoneId=_ZONE_OF_ADDRESSES)
            each.setdefault("ipAddressType", "ipv4")
        # An empty object would be a truststore.
        domain.mutual_tls_authentication = domain.mutual_tls_authentication or None

    def create_domain_name(self, domain_name, **values):
        domain = create(self, domain_name, **values)
        try:
            configure(self, domain)
        except BadRequestException:
            del self.domain_names[domain_name]
            raise
        return domain

    def update_domain_name(self):
        changes = json.loads(self.body)
        domain = self.apigatewayv2_backend.get_domain_name(self.path.split("/")[-1])
        domain.domain_name_configurations = changes.get("domainNameConfigurations", domain.domain_name_configurations)
        if "mutualTlsAuthentication" in changes:
            truststore = changes["mutualTlsAuthentication"]
            domain.mutual_tls_authentication = truststore if truststore.get("truststoreUri") else None
        configure(self.apigatewayv2_backend, domain)
        return 200, {}, json.dumps(domain.to_json())

    def delete_domain_name(self, domain_name):
        self.get_domain_name(domain_name)
        of_others = {id_: each for id_, each in self.api_mappings.items() if each.domain_name != domain_name}
        self.api_mappings = of_others
        del self.domain_names[domain_name]

    def get_api_mappings(self, domain_name):
        self.get_domain_name(domain_name)
        return mappings(self, domain_name)

    def create_api_mapping(self, api_id, api_mapping_key, domain_name, stage):
        if any(each.api_mapping_key == api_mapping_key for each in self.get_api_mappings(domain_name)):
            raise _PathIsTaken
        return create_mapping(self, api_id, api_mapping_key, domain_name, stage)

    def update_api_mapping(self):
        _, _, domain_name, _, id_ = self.path.strip("/").split("/")
        mapping = self.apigatewayv2_backend.get_api_mapping(id_, domain_name)
        changes = json.loads(self.body)
        mapping.api_id = changes.get("apiId", mapping.api_id)
        mapping.stage = changes.get("stage", mapping.stage)
        mapping.api_mapping_key = changes.get("apiMappingKey", mapping.api_mapping_key)
        return 200, {}, json.dumps(mapping.to_json())

    ApiGatewayV2Backend.create_domain_name = create_domain_name
    ApiGatewayV2Backend.delete_domain_name = delete_domain_name
    ApiGatewayV2Backend.get_api_mappings = get_api_mappings
    ApiGatewayV2Backend.create_api_mapping = create_api_mapping
    ApiGatewayV2Response.update_domain_name = update_domain_name
    ApiGatewayV2Response.update_api_mapping = update_api_mapping


class _PathIsTaken(APIGatewayV2Error):
    code = 409

    def __init__(self):
        super().__init__("ConflictException", "ApiMapping key already exists for this domain name")
