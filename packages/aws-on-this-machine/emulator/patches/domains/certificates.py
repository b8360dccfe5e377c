"""Completes ACM and Route 53 for the certificates and the records of a domain."""

import hashlib

from moto.acm.models import AWSCertificateManagerBackend, CertBundle
from moto.route53.exceptions import ResourceRecordAlreadyExists, Route53ClientError
from moto.route53.models import Route53Backend, route53_backends


def issue_certificates_with_their_records():
    """moto issues a certificate after a minute. ACM issues it as soon as its record is in a public zone."""
    get = AWSCertificateManagerBackend.get_certificate
    check = CertBundle.check

    def check_issued(self):
        if self.status != "PENDING_VALIDATION":
            check(self)

    def get_certificate(self, arn):
        certificate = get(self, arn)
        if certificate.status == "PENDING_VALIDATION":
            options = certificate.describe()["Certificate"]["DomainValidationOptions"]
            zones = route53_backends[self.account_id][self.partition].zones.values()
            found = {pair for zone in zones if not zone.private_zone for pair in _cnames(zone)}
            wanted = {(each["ResourceRecord"]["Name"], each["ResourceRecord"]["Value"]) for each in options}
            if wanted <= found:
                certificate.status = "ISSUED"
        return certificate

    CertBundle.check = check_issued
    AWSCertificateManagerBackend.get_certificate = get_certificate


def _cnames(zone):
    for record in zone.rrsets:
        if record.type == "CNAME":
            yield from ((f"{record.name.rstrip('.')}.", f"{value.rstrip('.')}.") for value in record.records)


def know_zones_by_their_callers_references():
    """moto takes a reference twice. Its random ids would differ from those in a repeated recording."""
    create = Route53Backend.create_hosted_zone

    def create_hosted_zone(self, name, private_zone, caller_reference=None, **others):
        if any(zone.caller_reference == caller_reference for zone in self.zones.values()):
            raise Route53ClientError("HostedZoneAlreadyExists", f"A hosted zone {name} exists already.")
        zone = create(self, name, private_zone, caller_reference, **others)
        del self.zones[zone.resource_id]
        zone.resource_id = f"Z{hashlib.sha256(zone.caller_reference.encode()).hexdigest()[:20].upper()}"
        self.zones[zone.resource_id] = zone
        return zone

    Route53Backend.create_hosted_zone = create_hosted_zone


def refuse_records_that_exist():
    """moto keeps both where another record is created under a name."""
    change = Route53Backend.change_resource_record_sets

    def change_resource_record_sets(self, zoneid, change_list):
        known = {(each.name.rstrip("."), each.type) for each in self.get_hosted_zone(zoneid).rrsets}
        for each in change_list:
            record = each["ResourceRecordSet"]
            key = record["Name"].rstrip("."), record["Type"]
            if each["Action"] == "CREATE" and key in known and "SetIdentifier" not in record:
                raise ResourceRecordAlreadyExists(*key)
        return change(self, zoneid, change_list)

    Route53Backend.change_resource_record_sets = change_resource_record_sets
