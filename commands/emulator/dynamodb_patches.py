"""What DynamoDB does with a table's capacity and time to live, and moto does not."""

from moto.dynamodb.exceptions import MockValidationException
from moto.dynamodb.models import DynamoDBBackend

_UNITS = ("ReadCapacityUnits", "WriteCapacityUnits")
_INVALID = "One or more parameter values were invalid: "


def follow_billing_modes():
    """moto keeps the units of a table that becomes on-demand. The AWS provider would then refuse every plan."""
    update = DynamoDBBackend.update_table

    def update_table(self, name, throughput, billing_mode, **changes):
        table = self.get_table(name)
        if (billing_mode or table.billing_mode) == "PAY_PER_REQUEST":
            if throughput:
                units = "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified"
                raise MockValidationException(f"{_INVALID}{units} when BillingMode is PAY_PER_REQUEST")
            throughput = dict.fromkeys(_UNITS, 0)
        elif billing_mode and not throughput:
            reason = "ProvisionedThroughput must be specified when BillingMode is PROVISIONED"
            raise MockValidationException(_INVALID + reason)
        elif throughput and all(table.throughput[unit] == throughput[unit] for unit in _UNITS):
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


def patch_dynamodb():
    """Patches moto in this process, before its first request."""
    follow_billing_modes()
    refuse_changes_of_active_ttl()
