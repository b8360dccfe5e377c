import { Route53Record } from "@cdktf/provider-aws/lib/route53-record";
import { readArchitecture } from "@local/aws-on-this-machine/diagram/architecture";
import { refuseLosses } from "@local/terraform/plan/changes/losses";
import { summarizePlan } from "@local/terraform/plan/plan-summary";
import type { TerraformStack } from "cdktf";
import { CustomDomain, type CustomDomainProps, type MapProps } from "../../../../constructs/api/custom-domain";
import { HttpApi } from "../../../../constructs/api/http-api";
import { ServerlessInfrastructureStack } from "../../../../stacks/serverless-infrastructure-stack";
import { allows, type IamRequest, statementsOfRole } from "../../../iam-policy";
import { resourcesOf, synthesize } from "../synthesize";
import { synthesizeGithubAccess, synthesizeSystem } from "../system";

const CERTIFICATE = "arn:aws:acm:eu-central-1:123456789012:certificate/11111111-2222-3333-4444-555555555555";
const ZONE = { name: "api.example.com", hostedZone: "example.com" };
const API = {
  cors: { allowOrigins: ["*"], allowMethods: ["GET"], allowHeaders: ["a"], maxAgeSeconds: 1 },
  throttle: { rateLimit: 1, burstLimit: 1 },
  accessLogRetentionDays: 1,
  detailedMetrics: false,
};

const api = (stack: TerraformStack, id = "orders") => new HttpApi(stack, id, API);
const domainOf = (props: CustomDomainProps, ...maps: MapProps[]) =>
  synthesize((stack) => {
    const domain = new CustomDomain(stack, "domain", props);
    for (const [index, map] of maps.entries()) domain.map(api(stack, `api-${index}`), map);
  });

test("a domain in a zone has a validated certificate, TLS 1.2, and addresses of IPv4 and IPv6", () => {
  const json = domainOf(ZONE, {});
  expect(resourcesOf(json, "aws_acm_certificate")).toMatchObject([
    { domain_name: "api.example.com", validation_method: "DNS", lifecycle: { create_before_destroy: true } },
  ]);
  expect(resourcesOf(json, "aws_apigatewayv2_domain_name")).toMatchObject([
    {
      domain_name_configuration: {
        certificate_arn: expect.stringContaining("aws_acm_certificate_validation."),
        endpoint_type: "REGIONAL",
        ip_address_type: "dualstack",
        security_policy: "TLS_1_2",
      },
    },
  ]);
  const types = resourcesOf(json, "aws_route53_record").map(({ type }) => type);
  expect(types).toEqual(expect.arrayContaining(["A", "AAAA"]));
  expect(resourcesOf(json, "aws_apigatewayv2_api")).toMatchObject([{ disable_execute_api_endpoint: true }]);
});

test("a domain with a certificate from elsewhere has neither one of its own nor records", () => {
  const mutualTls = { truststoreUri: "s3://trust/ca.pem" };
  const ownershipVerificationCertificateArn = CERTIFICATE.replace("11111111", "99999999");
  const props = { name: ZONE.name, certificateArn: CERTIFICATE, ownershipVerificationCertificateArn, mutualTls };
  const json = domainOf(props, {});
  expect(json).not.toMatch(/aws_acm_certificate|aws_route53_/);
  expect(resourcesOf(json, "aws_apigatewayv2_domain_name")).toMatchObject([
    {
      domain_name_configuration: {
        certificate_arn: CERTIFICATE,
        ownership_verification_certificate_arn: ownershipVerificationCertificateArn,
      },
      mutual_tls_authentication: { truststore_uri: mutualTls.truststoreUri },
    },
  ]);
});

test("an API can keep its own address beside a domain, but not beside mutual TLS", () => {
  const kept = { disableDefaultEndpoint: false };
  const [own] = resourcesOf(domainOf(ZONE, kept), "aws_apigatewayv2_api");
  expect(own).not.toHaveProperty("disable_execute_api_endpoint");
  expect(() => domainOf({ ...ZONE, mutualTls: { truststoreUri: "s3://trust/ca.pem" } }, kept)).toThrow(
    "disableDefaultEndpoint: false is not allowed; use true, because the API's own address needs no certificate",
  );
});

test("several APIs share a domain, each below a path", () => {
  const json = domainOf(ZONE, {}, { basePath: "orders/v1" });
  const keys = resourcesOf(json, "aws_apigatewayv2_api_mapping").map(({ api_mapping_key }) => api_mapping_key);
  expect([...keys].sort()).toEqual(["orders/v1", undefined]);
});

test.each<[string, CustomDomainProps, MapProps[], string]>([
  [
    "a name outside of the zone",
    { ...ZONE, name: "api.other.com" },
    [],
    'name: "api.other.com" is not allowed; use a name in the zone',
  ],
  ["a wildcard", { ...ZONE, name: "*.example.com" }, [], "without *"],
  ["a zone and a certificate", { ...ZONE, certificateArn: CERTIFICATE }, [], "certificateArn: "],
  ["neither", { name: ZONE.name }, [], "hostedZone: is missing"],
  [
    "another Region",
    { name: ZONE.name, certificateArn: CERTIFICATE.replace("central", "west") },
    [],
    "in eu-central-1",
  ],
  ["a wrong path", ZONE, [{ basePath: "/orders" }], 'basePath: "/orders" is not allowed'],
  ["a path twice", ZONE, [{ basePath: "a" }, { basePath: "a" }], "use one that no other API has"],
])("a domain with %s is refused", (_what, props, maps, message) => {
  expect(() => domainOf(props, ...maps)).toThrow(message);
});

const SETTINGS = { account: "123456789012", api: { domain: { ...ZONE, basePath: "v1" } } };

test("the setting gives the system's API the domain, in its output, its alarms and its diagram", () => {
  const system = synthesizeSystem(SETTINGS);
  expect(system.config.output.api_endpoint.value).toBe("https://api.example.com/v1");
  expect(system.all("aws_cloudwatch_metric_alarm")).toContainEqual(
    expect.objectContaining({
      metric_name: "DaysToExpiry",
      comparison_operator: "LessThanThreshold",
      threshold: 30,
      period: 86_400,
      treat_missing_data: "ignore",
    }),
  );
  const { edges } = readArchitecture(system.config);
  const toApi = edges.find(({ from, to }) => /domain_name/.test(from) && /aws_apigatewayv2_api\./.test(to));
  expect(toApi).toMatchObject({ label: "requests" });
});

test("the dashboard shows the days until the domain's own certificate ends, and no others", () => {
  const widgets = (settings: object) => JSON.stringify(synthesizeSystem(settings).config.locals);
  const own = `"AWS/CertificateManager","DaysToExpiry","CertificateArn"`;
  expect(widgets(SETTINGS)).toContain("API's domain: days until the certificate ends");
  expect(widgets(SETTINGS)).toContain(`${own},"\${aws_acm_certificate.`);
  const elsewhere = { name: ZONE.name, certificateArn: CERTIFICATE.replace("eu-central-1", "us-west-2") };
  for (const api of [{}, { domain: elsewhere }]) expect(widgets({ ...SETTINGS, api })).not.toContain("DaysToExpiry");
});

test("the alarm on the certificate takes the setting's days, counts a day, and waits while ACM has no figure", () => {
  const alarmsOf = (settings: object) =>
    synthesizeSystem({ ...SETTINGS, ...settings })
      .all("aws_cloudwatch_metric_alarm")
      .filter(({ metric_name }) => metric_name === "DaysToExpiry");
  expect(alarmsOf({ alarms: { certificateDays: 20 } })).toMatchObject([
    {
      namespace: "AWS/CertificateManager",
      dimensions: { CertificateArn: expect.stringMatching(/^\$\{aws_acm_certificate\..*\.arn\}$/) },
      statistic: "Minimum",
      threshold: 20,
      evaluation_periods: 1,
      treat_missing_data: "ignore",
      alarm_actions: [expect.stringContaining("aws_sns_topic.")],
    },
  ]);
  const elsewhere = { name: ZONE.name, certificateArn: CERTIFICATE.replace("eu-central-1", "us-west-2") };
  expect(alarmsOf({ api: { domain: elsewhere } })).toEqual([]);
});

test("the guard refuses to replace a domain", () => {
  const change = { actions: ["delete", "create"], before: {}, after: {} };
  for (const type of ["aws_apigatewayv2_domain_name", "aws_apigatewayv2_api_mapping", "aws_route53_record"]) {
    const resource = { address: `${type}.a`, type, mode: "managed", change };
    const refusal = refuseLosses(summarizePlan({ resource_changes: [resource] }), []);
    expect(refusal).toContain("addresses that clients use");
  }
});

test("the deploy role creates the domain, and no other domain and record; the plan role only reads", () => {
  const { config } = synthesizeGithubAccess(SETTINGS);
  const [plan, deploy] = ["plan", "deploy"].map((kind) =>
    statementsOfRole(config, `serverless-infrastructure-${kind}`, SETTINGS.account),
  );
  const requested = { "aws:RequestTag/Environment": "Production" };
  const record = (name: string): IamRequest => ({
    action: "route53:ChangeResourceRecordSets",
    resource: "arn:aws:route53:::hostedzone/Z1",
    context: { "route53:ChangeResourceRecordSetsNormalizedRecordNames": [name] },
  });
  const domain = (action: string, path: string): IamRequest => ({
    action: `apigateway:${action}`,
    resource: `arn:aws:apigateway:us-west-2::/domainnames${path}`,
    context: requested,
  });
  const writes = [
    record("api.example.com"),
    record("_1.api.example.com"),
    domain("POST", ""),
    domain("DELETE", "/api.example.com"),
    domain("POST", "/api.example.com/apimappings"),
    { action: "acm:RequestCertificate", resource: "*", context: requested },
  ];
  expect(writes.filter((request) => !allows(deploy ?? [], request))).toEqual([]);
  expect(writes.filter((request) => allows(plan ?? [], request))).toEqual([]);
  const others = [record("example.com"), record("www.example.com"), domain("DELETE", "/www.example.com")];
  expect(others.filter((request) => allows(deploy ?? [], request))).toEqual([]);
  const reads = [
    domain("GET", "/api.example.com"),
    domain("GET", "/api.example.com/apimappings"),
    { action: "acm:ListCertificates", resource: "*" },
    { action: "route53:ListResourceRecordSets", resource: "arn:aws:route53:::hostedzone/Z1" },
  ];
  expect(reads.filter((request) => !allows(plan ?? [], request))).toEqual([]);
});

test("with mutual TLS, the deploy role reads the truststore, and no other object", () => {
  const mutualTls = { truststoreUri: "s3://trust/ca.pem" };
  const { config } = synthesizeGithubAccess({ ...SETTINGS, api: { domain: { ...ZONE, mutualTls } } });
  const { config: without } = synthesizeGithubAccess(SETTINGS);
  const [deploy, withoutTls] = [config, without].map((each) =>
    statementsOfRole(each, "serverless-infrastructure-deploy", SETTINGS.account),
  );
  const read = (path: string): IamRequest[] =>
    ["GetObject", "GetObjectVersion"].map((name) => ({ action: `s3:${name}`, resource: `arn:aws:s3:::${path}` }));
  const use = ["", "/api.example.com"].flatMap((path) =>
    ["AddCertificateToDomain", "RemoveCertificateFromDomain"].map((name) => ({
      action: `apigateway:${name}`,
      resource: `arn:aws:apigateway:us-west-2::/domainnames${path}`,
    })),
  );
  const needed = [...read("trust/ca.pem"), ...use];
  expect(needed.filter((request) => !allows(deploy ?? [], request))).toEqual([]);
  expect(needed.filter((request) => allows(withoutTls ?? [], request))).toEqual([]);
  expect(read("trust/other.pem").filter((request) => allows(deploy ?? [], request))).toEqual([]);
});

test("the deploy role deletes only certificates that are marked as its own", () => {
  const { config } = synthesizeGithubAccess(SETTINGS);
  const deploy = statementsOfRole(config, "serverless-infrastructure-deploy", SETTINGS.account);
  const resource = CERTIFICATE.replace("eu-central-1", "us-west-2");
  for (const name of ["DeleteCertificate", "RemoveTagsFromCertificate"]) {
    const request = { action: `acm:${name}`, resource };
    expect(allows(deploy, request)).toBe(false);
    expect(allows(deploy, { ...request, context: { "aws:ResourceTag/Environment": "Other" } })).toBe(false);
    expect(allows(deploy, { ...request, context: { "aws:ResourceTag/Environment": "Production" } })).toBe(true);
  }
});

test("the deploy role changes the records of the stack, also without a certificate", () => {
  class WithRecords extends ServerlessInfrastructureStack {
    constructor(...args: ConstructorParameters<typeof ServerlessInfrastructureStack>) {
      super(...args);
      for (const [id, name] of Object.entries({
        www: "WWW.example.org.",
        any: "*.example.net",
        later: "${data.x.y.z}",
      }))
        new Route53Record(this, id, { zoneId: "Z1", name, type: "CNAME", ttl: 60, records: ["example.com"] });
    }
  }
  const { account } = SETTINGS;
  const { config } = synthesizeGithubAccess({ account }, "production", WithRecords);
  const deploy = statementsOfRole(config, "serverless-infrastructure-deploy", account);
  const changes = (name: string) =>
    allows(deploy, {
      action: "route53:ChangeResourceRecordSets",
      resource: "arn:aws:route53:::hostedzone/Z1",
      context: { "route53:ChangeResourceRecordSetsNormalizedRecordNames": [name] },
    });
  expect(["www.example.org", "\\052.example.net"].filter((name) => !changes(name))).toEqual([]);
  expect(["example.org", "api.example.net"].filter(changes)).toEqual([]);
});
