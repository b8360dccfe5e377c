"""Completes SQS."""

import json
import time
from itertools import count

from moto.sqs.models import Message, Queue, SQSBackend


def write_redrive_policies_without_spaces():
    """AWS answers with compact JSON. Every plan would show the spaces."""
    attributes = Queue.attributes.fget

    def compact(self):
        values = attributes(self)
        if self.redrive_policy:
            values["RedrivePolicy"] = json.dumps(self.redrive_policy, separators=(",", ":"))
        return values

    Queue.attributes = property(compact)


def keep_order_of_groups():
    """moto returns the last message of a group first, if several become visible again at the same time."""
    receive = SQSBackend.receive_message

    def receive_message(self, queue_name, *args, **kwargs):
        queue = self.get_queue(queue_name)
        queue._pending_messages = {message for message in queue._pending_messages if not message.visible}
        return receive(self, queue_name, *args, **kwargs)

    def groups_in_flight(self):
        return {each.group_id for each in self._pending_messages if each.group_id is not None and not each.visible}

    SQSBackend.receive_message = receive_message
    Queue.pending_message_groups = property(groups_in_flight)


def number_messages_of_fifo_queues():
    """moto numbers them at random, and not at all if the queue derives their deduplication ids."""
    add, numbers = Queue.add_message, count(18_870_000_000_000_000_000)

    def add_message(self, message):
        if self.fifo_queue:
            message.sequence_number = str(next(numbers))
        add(self, message)

    Queue.add_message = add_message


def read_queues_quickly():
    """moto needs half a second to receive ten of a thousand messages."""

    def is_message_valid(self, queue_name, message):
        return self.get_queue(queue_name).message_retention_period + message.sent_timestamp / 1000 > time.time()

    SQSBackend.is_message_valid_based_on_retention_period = is_message_valid
    Message.visible = property(lambda self: time.time() * 1000 > self.visible_at)
    Message.delayed = property(lambda self: time.time() * 1000 < self.delayed_until)
