"""Completes SNS."""

import sys

from invocations.delivery import deliver
from moto.core.utils import iso_8601_datetime_with_milliseconds
from moto.sns.exceptions import InvalidParameterValue
from moto.sns.models import Subscription


def deliver_to_functions():
    """moto sends an example with fixed ids in place of the event. A subscription that fails makes Publish fail."""
    publish = Subscription.publish

    def publish_safely(self, message, message_id, subject=None, message_attributes=None, **others):
        try:
            if self.protocol != "lambda":
                publish(self, message, message_id, subject, message_attributes, **others)
                return
            matcher = self._filter_policy_matcher
            if matcher is not None and not matcher.matches(message_attributes, message):
                return
            if others.get("message_structure") == "json":
                message = self._parse_message_structure(message, self.protocol)
            event = _event(self, message, message_id, subject, message_attributes or {})
            deliver(self.endpoint, event, "sns.amazonaws.com", self.topic.arn)
        except InvalidParameterValue:
            # The message itself is wrong.
            raise
        except Exception as error:
            print(f"{self.endpoint} did not get a message of {self.topic.arn}: {error!r}", file=sys.stderr)

    Subscription.publish = publish_safely


def _event(subscription, message, message_id, subject, attributes):
    """https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html. The signature is a made-up text."""
    region = subscription.topic.sns_backend.region_name
    host = f"https://sns.{region}.amazonaws.com"
    notification = {
        "Type": "Notification",
        "MessageId": message_id,
        "TopicArn": subscription.topic.arn,
        "Subject": subject,
        "Message": message,
        "Timestamp": iso_8601_datetime_with_milliseconds(),
        "SignatureVersion": "1",
        "Signature": "EXAMPLE",
        "SigningCertUrl": f"{host}/SimpleNotificationService-EXAMPLE.pem",
        "UnsubscribeUrl": f"{host}/?Action=Unsubscribe&SubscriptionArn={subscription.arn}",
        "MessageAttributes": {
            name: {"Type": value["Type"], "Value": str(value["Value"])} for name, value in attributes.items()
        },
    }
    record = {
        "EventSource": "aws:sns",
        "EventVersion": "1.0",
        "EventSubscriptionArn": subscription.arn,
        "Sns": notification,
    }
    return {"Records": [record]}
