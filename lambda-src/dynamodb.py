"""DynamoDB's client, without the data of all other services, which botocore would read at each cold start."""

import botocore.session
from botocore.loaders import Loader


def connect(config):
    session = botocore.session.get_session()
    session.register_component("data_loader", _DynamoDBLoader())
    try:
        return session.create_client("dynamodb", config=config)
    except Exception:
        # FIPS endpoints, and other versions of botocore, need all data.
        return botocore.session.get_session().create_client("dynamodb", config=config)


class _DynamoDBLoader(Loader):
    def list_available_services(self, type_name):
        return ["dynamodb"]

    def load_data_with_path(self, name):
        if name != "endpoints":
            return super().load_data_with_path(name)
        partitions = self.load_data("partitions")["partitions"]
        return {"version": 3, "partitions": [_endpoints(partition) for partition in partitions]}, ""


def _endpoints(partition):
    return {
        "partition": partition["id"],
        "regionRegex": partition["regionRegex"],
        "dnsSuffix": partition["outputs"]["dnsSuffix"],
        "defaults": {"hostname": "{service}.{region}.{dnsSuffix}", "protocols": ["https"], "signatureVersions": ["v4"]},
        "regions": {},
        "services": {},
    }
