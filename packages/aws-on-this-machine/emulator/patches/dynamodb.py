"""Completes DynamoDB."""

import copy

from moto.dynamodb.exceptions import MockValidationException
from moto.dynamodb.models import DynamoDBBackend


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


def write_one_record_per_update():
    """moto writes two records for an update that creates an item, and fails at an update without changes."""
    update = DynamoDBBackend.update_item

    def update_item(self, table_name, key, update_expression, *args, **kwargs):
        if not update_expression and not kwargs.get("attribute_updates"):
            kwargs["attribute_updates"] = {}
        table = self.get_table(table_name)
        shard = table.stream_shard
        if shard is None:
            return update(self, table_name, key, update_expression, *args, **kwargs)
        old = copy.deepcopy(self.get_item(table_name, key))
        table.stream_shard = None
        try:
            item = update(self, table_name, key, update_expression, *args, **kwargs)
        finally:
            table.stream_shard = shard
        shard.add(old, item)
        return item

    DynamoDBBackend.update_item = update_item
