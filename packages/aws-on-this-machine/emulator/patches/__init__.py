"""Completes what moto 5.2 lacks or does in another way than AWS. A module for each service."""

from invocations.invoke import pass_on_invocations

from . import (
    application_autoscaling,
    cloudtrail,
    dynamodb,
    dynamodb_streams,
    event_source_mappings,
    firehose,
    functions,
    http_apis,
    iam,
    s3,
    sqs,
)
from .apis import open_api
from .code_deploy import deployments, resources
from .deliveries import logs, notifications, rules, sns, step_functions
from .domains import certificates, distributions, domain_names
from .secrets import rotation
from .tables import restores
from .versions import aliases, qualified, versions


def patch_moto():
    """Patches moto in this process, before its first request."""
    pass_on_invocations()
    application_autoscaling.add_scalable_target_tags()
    cloudtrail.find_trails_by_their_arns()
    dynamodb.write_one_record_per_update()
    dynamodb_streams.keep_iterators_in_their_text()
    iam.load_aws_policies_when_asked_for()
    event_source_mappings.complete_configurations()
    event_source_mappings.leave_event_sources_to_the_process()
    functions.complete_function_configuration()
    functions.keep_layers_of_other_accounts()
    functions.offer_code()
    versions.publish_as_lambda_does()
    versions.keep_versions_of_aliases()
    aliases.tell_changes_of_aliases()
    aliases.keep_qualifiers_of_event_sources()
    qualified.keep_settings_of_qualifiers()
    resources.complete_resources()
    deployments.run_deployments()
    firehose.deliver_as_configured()
    s3.treat_requests_as_encrypted()
    s3.let_delete_markers_be_deleted()
    s3.tell_writes()
    http_apis.complete_http_apis()
    open_api.import_whole_descriptions()
    domain_names.complete_domain_names()
    distributions.name_distributions_as_cloudfront_does()
    certificates.issue_certificates_with_their_records()
    certificates.know_zones_by_their_callers_references()
    certificates.refuse_records_that_exist()
    dynamodb.follow_billing_modes()
    dynamodb.refuse_changes_of_active_ttl()
    restores.restore_tables_to_a_point_in_time()
    logs.deliver_as_subscribed()
    notifications.send_events_of_aws()
    rotation.rotate_by_functions()
    rules.send_to_all_targets()
    sns.deliver_to_functions()
    step_functions.start_executions_repeatedly()
    step_functions.answer_as_the_provider_asks()
    step_functions.run_synchronous_executions()
    sqs.keep_order_of_groups()
    sqs.number_messages_of_fifo_queues()
    sqs.read_queues_quickly()
    sqs.write_redrive_policies_without_spaces()
