"""Completes HTTP APIs."""

import json
from urllib.parse import unquote

from moto.apigatewayv2 import urls as apigatewayv2_urls
from moto.apigatewayv2.models import ApiGatewayV2Backend, Stage
from moto.apigatewayv2.responses import ApiGatewayV2Response


def complete_http_apis():
    """moto lacks UpdateStage, GetAuthorizers and the tags of a stage and a domain: settings could not be changed."""
    tag, untag, get = ApiGatewayV2Backend.tag_resource, ApiGatewayV2Backend.untag_resource, ApiGatewayV2Backend.get_tags

    def update_stage(self):
        _, _, api_id, _, name = self.path.strip("/").split("/")
        api = self.apigatewayv2_backend.get_api(api_id)
        stage = api.get_stage(unquote(name))
        changed = Stage(api, {**stage.config, **json.loads(self.body)})
        changed.tags, changed.created = stage.tags, stage.created
        api.stages[stage.name] = changed
        return 200, {}, json.dumps(changed.to_json())

    def get_authorizers(self):
        api = self.apigatewayv2_backend.get_api(self.path.split("/")[-2])
        return 200, {}, json.dumps({"items": [each.to_json() for each in api.authorizers.values()]})

    def tagged(backend, arn):
        api_id, is_stage, name = arn.rpartition("/apis/")[2].partition("/stages/")
        _, is_domain, domain = arn.partition("/domainnames/")
        if is_domain:
            return backend.get_domain_name(domain)
        return backend.get_stage(api_id, name) if is_stage else None

    def tag_resource(self, arn, tags):
        owner = tagged(self, arn)
        owner.tags.update(tags) if owner else tag(self, arn, tags)

    def untag_resource(self, arn, keys):
        owner = tagged(self, arn)
        if not owner:
            untag(self, arn, keys)
        for key in keys if owner else ():
            owner.tags.pop(key, None)

    def get_tags(self, arn):
        owner = tagged(self, arn)
        return owner.tags if owner else get(self, arn)

    ApiGatewayV2Response.update_stage = update_stage
    ApiGatewayV2Response.get_authorizers = get_authorizers
    ApiGatewayV2Backend.tag_resource = tag_resource
    ApiGatewayV2Backend.untag_resource = untag_resource
    ApiGatewayV2Backend.get_tags = get_tags
    path = "{0}/v2/tags/(?P<resource_arn_pt1>[^/]+)/apis/(?P<api_id>[^/]+)/stages/(?P<stage_name>[^/]+)$"
    apigatewayv2_urls.url_paths[path] = ApiGatewayV2Response.dispatch
    path = "{0}/v2/tags/(?P<resource_arn_pt1>[^/]+)/domainnames/(?P<domain_name>[^/]+)$"
    apigatewayv2_urls.url_paths[path] = ApiGatewayV2Response.dispatch
