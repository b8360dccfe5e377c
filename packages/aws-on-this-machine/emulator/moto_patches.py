"""Completes what moto 5.2 lacks or does in another way than AWS."""

import base64
import gzip
import json
from collections import defaultdict
from datetime import datetime, timezone
from urllib.parse import unquote

from moto.apigatewayv2 import urls as apigatewayv2_urls
from moto.apigatewayv2.models import ApiGatewayV2Backend, Stage
from moto.apigatewayv2.responses import ApiGatewayV2Response
from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse
from moto.awslambda.models import LambdaFunction
from moto.dynamodb.exceptions import MockValidationException
from moto.dynamodb.models import DynamoDBBackend
from moto.firehose.models import FirehoseBackend
from moto.iam.access_control import IAMPolicyStatement, PermissionResult
from moto.s3.models import FakeDeleteMarker, s3_backends
from moto.sqs.models import Queue


def add_scalable_target_tags():
    """moto lacks these actions. Terraform's AWS provider would retry ListTagsForResource for minutes."""
    tags_by_arn = defaultdict(dict)
    register = ApplicationAutoScalingResponse.register_scalable_target

    def register_scalable_target(self):
        answer = register(self)
        tags_by_arn[json.loads(answer)["ScalableTargetARN"]].update(self._get_param("Tags") or {})
        return answer

    def list_tags_for_resource(self):
        return json.dumps({"Tags": tags_by_arn[self._get_param("ResourceARN")]})

    def tag_resource(self):
        tags_by_arn[self._get_param("ResourceARN")].update(self._get_param("Tags"))
        return "{}"

    def untag_resource(self):
        for key in self._get_param("TagKeys"):
            tags_by_arn[self._get_param("ResourceARN")].pop(key, None)
        return "{}"

    ApplicationAutoScalingResponse.register_scalable_target = register_scalable_target
    ApplicationAutoScalingResponse.list_tags_for_resource = list_tags_for_resource
    ApplicationAutoScalingResponse.tag_resource = tag_resource
    ApplicationAutoScalingResponse.untag_resource = untag_resource


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


def offer_function_code():
    """moto returns a location without a zip file. This returns the zip file as a data URL."""
    get_code = LambdaFunction.get_code

    def get_code_with_location(self):
        answer = get_code(self)
        zipped = base64.b64encode(self.code_bytes).decode()
        answer["Code"] = {"RepositoryType": "S3", "Location": f"data:application/zip;base64,{zipped}"}
        return answer

    LambdaFunction.get_code = get_code_with_location


def deliver_log_events_as_configured():
    """moto ignores the stream's settings and delivers records in CloudWatch's format."""

    def send_log_event(self, delivery_stream_arn, filter_name, log_group_name, log_stream_name, log_events):
        stream = self.lookup_name_from_arn(delivery_stream_arn)
        destination = stream.destinations[0]["ExtendedS3"]
        data = json.dumps(
            {
                "messageType": "DATA_MESSAGE",
                "owner": self.account_id,
                "logGroup": log_group_name,
                "logStream": log_stream_name,
                "subscriptionFilters": [filter_name],
                "logEvents": log_events,
            }
        )
        processors = _processors(destination)
        if processors.get("CloudWatchLogProcessing", {}).get("DataMessageExtraction") == "true":
            data = "\n".join(event["message"] for event in log_events)
        if "AppendDelimiterToRecord" in processors:
            data += "\n"
        data = data.encode()
        if "Decompression" not in processors:
            data = gzip.compress(data)
        if destination.get("CompressionFormat") == "GZIP":
            data = gzip.compress(data)
        now = datetime.now(timezone.utc)
        # Other expressions are not supported.
        prefix = destination.get("Prefix", "").replace("!{timestamp:yyyy/MM/dd}", f"{now:%Y/%m/%d}")
        name = f"{stream.delivery_stream_name}-{stream.version_id}-{now:%Y-%m-%d-%H-%M-%S-%f}.gz"
        bucket = destination["BucketARN"].split(":")[-1]
        s3_backends[self.account_id][self.partition].put_object(bucket, prefix + name, data)

    FirehoseBackend.send_log_event = send_log_event


def _processors(destination):
    """The parameters of the stream's processors, by type."""
    configuration = destination.get("ProcessingConfiguration", {})
    processors = configuration.get("Processors", []) if configuration.get("Enabled") else []
    return {
        processor["Type"]: {each["ParameterName"]: each["ParameterValue"] for each in processor.get("Parameters", [])}
        for processor in processors
    }


def treat_requests_as_encrypted():
    """moto applies a Deny statement even if its condition is false, so that a TLS-only policy denies everything. The
    emulator stands for AWS's HTTPS endpoints, to which such a statement never applies."""
    is_action_permitted = IAMPolicyStatement.is_action_permitted

    def is_action_permitted_over_tls(self, *args, **kwargs):
        condition = self._statement.get("Condition", {}).get("Bool", {})
        if condition.get("aws:SecureTransport") == "false":
            return PermissionResult.NEUTRAL
        return is_action_permitted(self, *args, **kwargs)

    IAMPolicyStatement.is_action_permitted = is_action_permitted_over_tls


def let_delete_markers_be_deleted():
    """moto fails to delete a delete marker. A versioned bucket could never be emptied."""
    FakeDeleteMarker.dispose = lambda self, garbage=False: None


def complete_http_apis():
    """moto lacks UpdateStage, the tags of a stage and GetAuthorizers, so that several settings could not be changed."""
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

    def stage_of(backend, arn):
        api_id, is_stage, name = arn.rpartition("/apis/")[2].partition("/stages/")
        return backend.get_stage(api_id, name) if is_stage else None

    def tag_resource(self, arn, tags):
        stage = stage_of(self, arn)
        stage.tags.update(tags) if stage else tag(self, arn, tags)

    def untag_resource(self, arn, keys):
        stage = stage_of(self, arn)
        if not stage:
            untag(self, arn, keys)
        for key in keys if stage else ():
            stage.tags.pop(key, None)

    def get_tags(self, arn):
        stage = stage_of(self, arn)
        return stage.tags if stage else get(self, arn)

    ApiGatewayV2Response.update_stage = update_stage
    ApiGatewayV2Response.get_authorizers = get_authorizers
    ApiGatewayV2Backend.tag_resource = tag_resource
    ApiGatewayV2Backend.untag_resource = untag_resource
    ApiGatewayV2Backend.get_tags = get_tags
    path = "{0}/v2/tags/(?P<resource_arn_pt1>[^/]+)/apis/(?P<api_id>[^/]+)/stages/(?P<stage_name>[^/]+)$"
    apigatewayv2_urls.url_paths[path] = ApiGatewayV2Response.dispatch


def follow_billing_modes():
    """moto keeps the units of a table that becomes on-demand. The AWS provider would then refuse every plan."""
    update = DynamoDBBackend.update_table
    units = ("ReadCapacityUnits", "WriteCapacityUnits")
    invalid = "One or more parameter values were invalid: "

    def update_table(self, name, throughput, billing_mode, **changes):
        table = self.get_table(name)
        if (billing_mode or table.billing_mode) == "PAY_PER_REQUEST":
            if throughput:
                reason = "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified"
                raise MockValidationException(f"{invalid}{reason} when BillingMode is PAY_PER_REQUEST")
            throughput = dict.fromkeys(units, 0)
        elif billing_mode and not throughput:
            reason = "ProvisionedThroughput must be specified when BillingMode is PROVISIONED"
            raise MockValidationException(invalid + reason)
        elif throughput and all(table.throughput[unit] == throughput[unit] for unit in units):
            raise MockValidationException("The provisioned throughput for the table will not change.")
        if throughput:
            throughput = {**table.throughput, **throughput}
        return update(self, name=name, throughput=throughput, billing_mode=billing_mode, **changes)

    DynamoDBBackend.update_table = update_table


def refuse_changes_of_active_ttl():
    """moto takes another attribute while TTL is on. DynamoDB takes it only after TTL was off."""
    update = DynamoDBBackend.update_time_to_live

    def update_time_to_live(self, table_name, ttl_spec):
        ttl = self.describe_time_to_live(table_name)
        is_on, attribute = ttl["TimeToLiveStatus"] == "ENABLED", ttl.get("AttributeName")
        if is_on and ttl_spec["AttributeName"] != attribute:
            message = f"TimeToLive is active on a different AttributeName: current AttributeName is {attribute}"
            raise MockValidationException(message)
        if is_on == ttl_spec["Enabled"]:
            raise MockValidationException(f"TimeToLive is already {'enabled' if is_on else 'disabled'}")
        update(self, table_name, ttl_spec)
        if is_on:
            del ttl["AttributeName"]

    DynamoDBBackend.update_time_to_live = update_time_to_live


def write_redrive_policies_without_spaces():
    """AWS answers with compact JSON. Every plan would show the spaces."""
    attributes = Queue.attributes.fget

    def compact(self):
        values = attributes(self)
        if self.redrive_policy:
            values["RedrivePolicy"] = json.dumps(self.redrive_policy, separators=(",", ":"))
        return values

    Queue.attributes = property(compact)


def patch_moto():
    """Patches moto in this process, before its first request."""
    add_scalable_target_tags()
    complete_function_configuration()
    offer_function_code()
    deliver_log_events_as_configured()
    treat_requests_as_encrypted()
    let_delete_markers_be_deleted()
    complete_http_apis()
    follow_billing_modes()
    refuse_changes_of_active_ttl()
    write_redrive_policies_without_spaces()
