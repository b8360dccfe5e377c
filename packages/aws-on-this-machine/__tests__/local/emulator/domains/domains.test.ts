import { DescribeCertificateCommand, RequestCertificateCommand } from "@aws-sdk/client-acm";
import {
  CreateApiCommand,
  CreateApiMappingCommand,
  CreateDomainNameCommand,
  CreateStageCommand,
  DeleteDomainNameCommand,
  GetApiMappingsCommand,
  GetDomainNameCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateApiMappingCommand,
  UpdateDomainNameCommand,
} from "@aws-sdk/client-apigatewayv2";
import {
  type Change,
  ChangeResourceRecordSetsCommand,
  CreateHostedZoneCommand,
  ListResourceRecordSetsCommand,
  type ResourceRecordSet,
} from "@aws-sdk/client-route-53";
import { findResource } from "@local/terraform/plan/existing-resources";
import { describeWithPython } from "../../echo-api";
import { useEmulator } from "../own-emulator";

const VPC = { VPCRegion: "us-west-2", VPCId: "vpc-11111111" } as const;
const ELSEWHERE = "arn:aws:acm:us-west-2:123456789012:certificate/11111111-2222-3333-4444-555555555555";

describeWithPython("the domains of the emulator", () => {
  const own = useEmulator();
  afterEach(async () => {
    const response = await fetch(`${own().emulator.endpoint}/_emulator/violations`, { method: "DELETE" });
    expect([own().failures, await response.json()]).toMatchObject([[], { violations: [], unidentified: [] }]);
  });

  let count = 0;
  /** A name that no other test has. */
  const newZone = () => `zone-${++count}.example`;

  async function createZone(Name: string, isPrivate = false): Promise<string> {
    const { HostedZone } = await own().aws.route53.send(
      new CreateHostedZoneCommand({
        Name,
        CallerReference: `${Name} ${isPrivate}`,
        ...(isPrivate ? { HostedZoneConfig: { PrivateZone: true }, VPC } : {}),
      }),
    );
    return HostedZone?.Id?.replace("/hostedzone/", "") ?? "";
  }

  function change(HostedZoneId: string, Action: Change["Action"], ResourceRecordSet: ResourceRecordSet) {
    const ChangeBatch = { Changes: [{ Action, ResourceRecordSet }] };
    return own().aws.route53.send(new ChangeResourceRecordSetsCommand({ HostedZoneId, ChangeBatch }));
  }

  async function requestCertificate(DomainName: string): Promise<string> {
    const { CertificateArn = "" } = await own().aws.acm.send(
      new RequestCertificateCommand({
        DomainName,
        ValidationMethod: "DNS",
        Tags: [{ Key: "Environment", Value: "Production" }],
      }),
    );
    return CertificateArn;
  }

  async function describe(CertificateArn: string) {
    const { Certificate } = await own().aws.acm.send(new DescribeCertificateCommand({ CertificateArn }));
    const [option] = Certificate?.DomainValidationOptions ?? [];
    const { Name = "", Type, Value = "" } = option?.ResourceRecord ?? {};
    return { status: Certificate?.Status, record: { Name, Type, TTL: 300, ResourceRecords: [{ Value }] } };
  }

  /** A certificate that ACM has issued. */
  async function issue(name: string, zone: string): Promise<string> {
    const arn = await requestCertificate(name);
    await change(zone, "CREATE", (await describe(arn)).record);
    expect((await describe(arn)).status).toBe("ISSUED");
    return arn;
  }

  function createDomain(DomainName: string, CertificateArn: string, more: object = {}) {
    const configuration = { CertificateArn, EndpointType: "REGIONAL", SecurityPolicy: "TLS_1_2", ...more } as const;
    return own().aws.apigateway.send(
      new CreateDomainNameCommand({
        DomainName,
        DomainNameConfigurations: [configuration],
        Tags: { Environment: "Production" },
      }),
    );
  }

  async function createApi(): Promise<string> {
    const { apigateway } = own().aws;
    const { ApiId } = await apigateway.send(new CreateApiCommand({ Name: "orders", ProtocolType: "HTTP" }));
    await apigateway.send(new CreateStageCommand({ ApiId, StageName: "$default" }));
    return ApiId ?? "";
  }

  const map = (DomainName: string, ApiId: string, ApiMappingKey?: string) =>
    own().aws.apigateway.send(
      new CreateApiMappingCommand({
        DomainName,
        ApiId,
        Stage: "$default",
        ...(ApiMappingKey ? { ApiMappingKey } : {}),
      }),
    );

  test("a certificate is issued once its record, with its value, is in a public zone", async () => {
    const name = newZone();
    const [zone, hidden] = [await createZone(name), await createZone(name, true)];
    const arn = await requestCertificate(`api.${name}`);
    const { status, record } = await describe(arn);
    expect([status, record.Type]).toEqual(["PENDING_VALIDATION", "CNAME"]);
    expect(record.Name).toMatch(new RegExp(`^_\\w+\\.api\\.${name}\\.$`));

    await change(hidden, "CREATE", record);
    expect((await describe(arn)).status).toBe("PENDING_VALIDATION");
    await change(zone, "CREATE", { ...record, ResourceRecords: [{ Value: "_other.acm-validations.aws." }] });
    expect((await describe(arn)).status).toBe("PENDING_VALIDATION");
    await change(zone, "UPSERT", record);
    expect((await describe(arn)).status).toBe("ISSUED");
    // Without its record, ACM cannot renew it, but it stays valid until its end.
    await change(zone, "DELETE", record);
    expect((await describe(arn)).status).toBe("ISSUED");
  });

  test("a zone has an id that its reference decides, and a reference makes one zone", async () => {
    const name = newZone();
    const id = await createZone(name);
    expect(id).toMatch(/^Z[0-9A-F]{20}$/);
    await expect(createZone(name)).rejects.toMatchObject({ name: "HostedZoneAlreadyExists" });
    const { HostedZone } = await own().aws.route53.send(
      new CreateHostedZoneCommand({ Name: name, CallerReference: "other" }),
    );
    expect(HostedZone?.Id).not.toBe(`/hostedzone/${id}`);
  });

  test("a record is created once; UPSERT changes it, and other types and sets stand beside it", async () => {
    const name = newZone();
    const zone = await createZone(name);
    const address = (ip: string): ResourceRecordSet => ({
      Name: `www.${name}`,
      Type: "A",
      TTL: 60,
      ResourceRecords: [{ Value: ip }],
    });
    await change(zone, "CREATE", address("192.0.2.1"));
    await expect(change(zone, "CREATE", { ...address("192.0.2.2"), Name: `www.${name}.` })).rejects.toMatchObject({
      name: "InvalidChangeBatch",
    });
    await change(zone, "UPSERT", address("192.0.2.3"));
    await change(zone, "CREATE", { ...address(""), Type: "TXT", ResourceRecords: [{ Value: '"text"' }] });
    for (const SetIdentifier of ["one", "two"]) {
      await change(zone, "CREATE", { ...address("192.0.2.4"), Name: `set.${name}`, SetIdentifier, Weight: 1 });
    }
    const { ResourceRecordSets = [] } = await own().aws.route53.send(
      new ListResourceRecordSetsCommand({ HostedZoneId: zone }),
    );
    const found = ResourceRecordSets.map(({ Name, Type, ResourceRecords = [] }) => [
      Name?.split(".")[0],
      Type,
      ResourceRecords[0]?.Value,
    ]);
    expect(found.filter(([first]) => first === "www").sort()).toEqual([
      ["www", "A", "192.0.2.3"],
      ["www", "TXT", '"text"'],
    ]);
    expect(found.filter(([first]) => first === "set")).toHaveLength(2);
  });

  test("a domain takes an issued certificate only, and has an address at once", async () => {
    const zoneName = newZone();
    const zone = await createZone(zoneName);
    const name = `api.${zoneName}`;
    const pending = await requestCertificate(name);
    await expect(createDomain(name, pending)).rejects.toMatchObject({ name: "BadRequestException" });
    const get = () => own().aws.apigateway.send(new GetDomainNameCommand({ DomainName: name }));
    await expect(get()).rejects.toMatchObject({ name: "NotFoundException" });

    await createDomain(name, await issue(name, zone), { IpAddressType: "dualstack" });
    const { DomainNameConfigurations = [], MutualTlsAuthentication, Tags } = await get();
    expect([MutualTlsAuthentication, Tags]).toEqual([undefined, { Environment: "Production" }]);
    expect(DomainNameConfigurations).toMatchObject([
      {
        ApiGatewayDomainName: expect.stringMatching(/^d-\w{10}\.execute-api\.us-west-2\.amazonaws\.com$/),
        DomainNameStatus: "AVAILABLE",
        EndpointType: "REGIONAL",
        HostedZoneId: expect.stringMatching(/^Z\w+$/),
        IpAddressType: "dualstack",
        SecurityPolicy: "TLS_1_2",
      },
    ]);
  });

  test("a domain with a certificate from elsewhere is IPv4 unless told otherwise, and gets and loses a truststore", async () => {
    const DomainName = `api.${newZone()}`;
    const { apigateway } = own().aws;
    const created = await createDomain(DomainName, ELSEWHERE);
    const [configuration] = created.DomainNameConfigurations ?? [];
    expect(configuration?.IpAddressType).toBe("ipv4");
    const update = async (values: object) => {
      await apigateway.send(new UpdateDomainNameCommand({ DomainName, ...values }));
      return apigateway.send(new GetDomainNameCommand({ DomainName }));
    };
    const TruststoreUri = "s3://trust/ca.pem";
    const withTls = await update({ MutualTlsAuthentication: { TruststoreUri, TruststoreVersion: "1" } });
    expect(withTls.MutualTlsAuthentication).toMatchObject({ TruststoreUri, TruststoreVersion: "1" });
    expect(withTls.DomainNameConfigurations).toEqual([configuration]);

    const dualstack = {
      CertificateArn: ELSEWHERE,
      EndpointType: "REGIONAL",
      SecurityPolicy: "TLS_1_2",
      IpAddressType: "dualstack",
    };
    const changed = await update({ DomainNameConfigurations: [dualstack] });
    expect(changed.DomainNameConfigurations).toEqual([{ ...configuration, IpAddressType: "dualstack" }]);
    expect(changed.MutualTlsAuthentication?.TruststoreUri).toBe(TruststoreUri);
    const without = await update({ MutualTlsAuthentication: { TruststoreUri: "" } });
    expect(without.MutualTlsAuthentication).toBeUndefined();
  });

  test("a domain's tags change", async () => {
    const DomainName = `api.${newZone()}`;
    const { apigateway } = own().aws;
    await createDomain(DomainName, ELSEWHERE);
    const ResourceArn = `arn:aws:apigateway:us-west-2::/domainnames/${DomainName}`;
    await apigateway.send(new TagResourceCommand({ ResourceArn, Tags: { Team: "orders" } }));
    await apigateway.send(new UntagResourceCommand({ ResourceArn, TagKeys: ["Environment"] }));
    expect((await apigateway.send(new GetDomainNameCommand({ DomainName }))).Tags).toEqual({ Team: "orders" });
  });

  test("a domain's paths lead to one API each, can be changed, and end with the domain", async () => {
    const DomainName = `api.${newZone()}`;
    const other = `other.${newZone()}`;
    const { apigateway } = own().aws;
    for (const name of [DomainName, other]) await createDomain(name, ELSEWHERE);
    const [orders, returns] = [await createApi(), await createApi()];
    await map(DomainName, orders);
    const { ApiMappingId } = await map(DomainName, orders, "v1");
    await map(other, orders, "v1");
    for (const key of [undefined, "v1"]) {
      await expect(map(DomainName, returns, key)).rejects.toMatchObject({ name: "ConflictException" });
    }
    const change = { ApiId: returns, ApiMappingKey: "v2" };
    await apigateway.send(new UpdateApiMappingCommand({ DomainName, ApiMappingId, ...change }));
    const mappings = async (name: string) =>
      (await apigateway.send(new GetApiMappingsCommand({ DomainName: name }))).Items?.map((each) => [
        each.ApiMappingKey ?? "",
        each.ApiId,
        each.Stage,
      ]);
    expect((await mappings(DomainName))?.sort()).toEqual([
      ["", orders, "$default"],
      ["v2", returns, "$default"],
    ]);
    await apigateway.send(new DeleteDomainNameCommand({ DomainName }));
    for (const failed of [mappings(DomainName), map(DomainName, orders)]) {
      await expect(failed).rejects.toMatchObject({ name: "NotFoundException" });
    }
    await createDomain(DomainName, ELSEWHERE);
    expect(await mappings(DomainName)).toEqual([]);
    expect(await mappings(other)).toHaveLength(1);
  });

  test("a plan that lost its state finds each part of a domain", async () => {
    const zoneName = newZone();
    const zone = await createZone(zoneName);
    const name = `api.${zoneName}`;
    const arn = await issue(name, zone);
    await createDomain(name, arn);
    const { ApiMappingId } = await map(name, await createApi());
    const AliasTarget = { DNSName: "d-1.example.com", HostedZoneId: "Z2OJLYMUO9EFXC", EvaluateTargetHealth: false };
    await change(zone, "CREATE", { Name: name, Type: "AAAA", AliasTarget });
    const find = (type: string, attributes: object) => findResource(own().aws, type, { ...attributes });
    const certificate = { domain_name: name, tags_all: { Environment: "Production" } };
    expect([
      await find("aws_apigatewayv2_domain_name", { domain_name: name }),
      await find("aws_apigatewayv2_api_mapping", { domain_name: name, api_mapping_key: null }),
      await find("aws_route53_record", { zone_id: zone, name, type: "AAAA" }),
      await find("aws_acm_certificate", certificate),
    ]).toEqual([name, `${ApiMappingId}/${name}`, `${zone}_${name}_AAAA`, arn]);

    expect(await find("aws_apigatewayv2_domain_name", { domain_name: zoneName })).toBeUndefined();
    expect(await find("aws_route53_record", { zone_id: zone, name, type: "A" })).toBeUndefined();
    await requestCertificate(name);
    expect(await find("aws_acm_certificate", certificate)).toBeUndefined();
  });
});
