import { CreateDomainNameCommand } from "@aws-sdk/client-apigatewayv2";
import {
  type ChangeBatch,
  ChangeResourceRecordSetsCommand,
  CreateHostedZoneCommand,
  type ResourceRecordSet,
} from "@aws-sdk/client-route-53";
import { describeWithPython } from "../../echo-api";
import { call, useEmulator } from "../own-emulator";

const DomainName = "api.example.com";

interface Certificate {
  readonly CertificateArn: string;
  readonly Certificate: { readonly DomainValidationOptions: readonly { readonly ResourceRecord: Validation }[] };
}

interface Validation {
  readonly Name: string;
  readonly Value: string;
}

describeWithPython("a domain's certificate", () => {
  const own = useEmulator();

  test("is issued by its record in the zone, also if no request reads it after that", async () => {
    const { apigateway, route53 } = own().aws;
    const acm = async (operation: string, body: object): Promise<Certificate> =>
      call(own(), "acm", `CertificateManager.${operation}`, body) as Promise<object> as Promise<Certificate>;
    const { CertificateArn } = await acm("RequestCertificate", { DomainName, ValidationMethod: "DNS" });
    const createDomain = () =>
      apigateway.send(new CreateDomainNameCommand({ DomainName, DomainNameConfigurations: [{ CertificateArn }] }));
    await expect(createDomain()).rejects.toThrow(`Certificate ${CertificateArn} is not issued.`);
    const { Certificate } = await acm("DescribeCertificate", { CertificateArn });
    const { Name, Value } = Certificate.DomainValidationOptions[0]?.ResourceRecord ?? {};
    const zone = { Name: "example.com", CallerReference: "example.com" };
    const { HostedZone } = await route53.send(new CreateHostedZoneCommand(zone));
    const record: ResourceRecordSet = { Name, Type: "CNAME", TTL: 300, ResourceRecords: [{ Value }] };
    const ChangeBatch: ChangeBatch = { Changes: [{ Action: "CREATE", ResourceRecordSet: record }] };
    await route53.send(new ChangeResourceRecordSetsCommand({ HostedZoneId: HostedZone?.Id, ChangeBatch }));
    const { DomainNameConfigurations } = await createDomain();
    expect(DomainNameConfigurations).toMatchObject([{ CertificateArn, DomainNameStatus: "AVAILABLE" }]);
  });
});
