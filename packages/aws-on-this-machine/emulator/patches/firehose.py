"""Completes Firehose."""

import gzip
import json
from datetime import datetime, timezone

from moto.firehose.models import FirehoseBackend
from moto.s3.models import s3_backends


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
