"""Completes the configuration of functions."""

import base64
import json

from moto.awslambda.models import LambdaFunction
from moto.awslambda.responses import LambdaResponse


def complete_function_configuration():
    """moto drops a function's LoggingConfig, and changes of tracing and architecture. Every plan would show them."""
    init = LambdaFunction.__init__
    get = LambdaFunction.get_configuration
    update = LambdaFunction.update_configuration
    update_code = LambdaFunction.update_function_code

    def __init__(self, account_id, spec, *args, **kwargs):
        init(self, account_id, spec, *args, **kwargs)
        self.logging_config = spec.get("LoggingConfig")

    def get_configuration(self, *args, **kwargs):
        configuration = get(self, *args, **kwargs)
        if self.logging_config:
            configuration["LoggingConfig"] = self.logging_config
        return configuration

    def update_configuration(self, config_updates):
        self.logging_config = config_updates.get("LoggingConfig", self.logging_config)
        self.tracing_config = config_updates.get("TracingConfig", self.tracing_config)
        return update(self, config_updates)

    def update_function_code(self, updated_spec):
        self.architectures = updated_spec.get("Architectures", self.architectures)
        return update_code(self, updated_spec)

    LambdaFunction.__init__ = __init__
    LambdaFunction.get_configuration = get_configuration
    LambdaFunction.update_configuration = update_configuration
    LambdaFunction.update_function_code = update_function_code


def keep_layers_of_other_accounts():
    """moto knows only layers that were published to it, and answers 404 to a function that uses a public one."""
    get_layers = LambdaFunction._get_layers_data

    def get_layers_data(self, arns):
        def is_foreign(arn):
            return arn.split(":")[4] != self.account_id

        return [
            layer
            for arn in arns
            for layer in ([{"Arn": arn, "CodeSize": 0}] if is_foreign(arn) else get_layers(self, [arn]))
        ]

    LambdaFunction._get_layers_data = get_layers_data


def offer_code():
    """moto returns locations without the zip files of functions and layers. This returns the zip files as data URLs."""
    get_code = LambdaFunction.get_code
    get_layer = LambdaResponse.get_layer_version

    def locate(code):
        return f"data:application/zip;base64,{base64.b64encode(code).decode()}"

    def get_code_with_location(self):
        answer = get_code(self)
        if self.package_type != "Image":
            answer["Code"] = {"RepositoryType": "S3", "Location": locate(self.code_bytes)}
        return answer

    def get_layer_with_location(self):
        answer = json.loads(get_layer(self))
        layer = self.backend.layers_versions_by_arn(answer["LayerVersionArn"])
        answer["Content"]["Location"] = locate(layer.code_bytes)
        return json.dumps(answer)

    LambdaFunction.get_code = get_code_with_location
    LambdaResponse.get_layer_version = get_layer_with_location
