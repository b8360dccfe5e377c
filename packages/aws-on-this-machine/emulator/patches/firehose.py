"""Completes Firehose."""

import gzip
import json
import re
from datetime import datetime, timezone

from moto.firehose.models import FirehoseBackend
from moto.moto_api._internal import mock_random
from moto.s3.models import s3_backends

from .deliveries.transformations import transform

# Java's letters: https://docs.aws.amazon.com/firehose/latest/dev/s3-prefixes.html
_TIMES = {"yyyy": "%Y", "YYYY": "%Y", "MM": "%m", "dd": "%d", "HH": "%H", "mm": "%M", "ss": "%S"}

_ERROR_TYPE = "!{firehose:error-output-type}"


def deliver_as_configured():
    """moto ignores a stream's processors, compression and expressions, and delivers logs in CloudWatch's format."""

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
        data = data.encode()
        _send(self, stream, destination, [data if "Decompression" in processors else gzip.compress(data)])

    def put_s3_records(self, delivery_stream_name, version_id, s3_destination, records):
        _send(self, self.delivery_streams[delivery_stream_name], s3_destination, [each["Data"] for each in records])
        return [{"RecordId": str(mock_random.uuid4())} for _ in records]

    FirehoseBackend.send_log_event = send_log_event
    FirehoseBackend.put_s3_records = put_s3_records


def _send(backend, stream, destination, records):
    bucket = destination["BucketARN"].split(":")[-1]
    processors = _processors(destination)

    def write(prefix, data, extension="", error_type=""):
        now = datetime.now(timezone.utc)
        name = f"{stream.delivery_stream_name}-{stream.version_id}-{now:%Y-%m-%d-%H-%M-%S-%f}{extension}"
        path = _evaluate(prefix, now).replace(_ERROR_TYPE, error_type)
        s3_backends[backend.account_id][backend.partition].put_object(bucket, path + name, data)

    def deliver(transformed):
        delimiter = b"\n" if "AppendDelimiterToRecord" in processors else b""
        data = b"".join(record + delimiter for record in transformed)
        if destination.get("CompressionFormat") == "GZIP":
            write(destination.get("Prefix", ""), gzip.compress(data), ".gz")
        else:
            write(destination.get("Prefix", ""), data)

    def deliver_failed(error_type, lines):
        prefix = destination.get("ErrorOutputPrefix") or f"{destination.get('Prefix', '')}{error_type}/"
        write(prefix, "".join(json.dumps(line) + "\n" for line in lines).encode(), error_type=error_type)

    function_arn = processors.get("Lambda", {}).get("LambdaArn")
    if function_arn:
        transform(stream.delivery_stream_arn, function_arn, records, deliver, deliver_failed)
    else:
        deliver(records)


def _evaluate(prefix, now):
    """Firehose adds the hour to a prefix that has neither a time nor the type of an error."""
    if "!{timestamp:" not in prefix and _ERROR_TYPE not in prefix:
        prefix += "!{timestamp:yyyy/MM/dd/HH/}"

    def format_time(found):
        letters = "|".join(_TIMES)
        return now.strftime(re.sub(letters, lambda each: _TIMES[each[0]], found[1]).replace("'", ""))

    prefix = re.sub(r"!\{timestamp:([^}]*)\}", format_time, prefix)
    return re.sub(r"!\{firehose:random-string\}", lambda _: mock_random.get_random_hex(11), prefix)


def _processors(destination):
    """The parameters of the stream's processors, by type."""
    configuration = destination.get("ProcessingConfiguration", {})
    processors = configuration.get("Processors", []) if configuration.get("Enabled") else []
    return {
        processor["Type"]: {each["ParameterName"]: each["ParameterValue"] for each in processor.get("Parameters", [])}
        for processor in processors
    }
