import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ACMClient } from "@aws-sdk/client-acm";
import type { UserError } from "@local/command-line/user-error";
import type { Deployment } from "../../../deployment";
import { planAdopting } from "../../../plan/plan-adopting";
import type { Terraform } from "../../../run/terraform";

const application = { resourceName: (path: readonly string[]) => path.join("_") };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "plan-adopting-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const created = (address: string, after: object) => {
  const [type = ""] = address.split(".");
  return { address, mode: "managed", type, change: { actions: ["create"], before: null, after } };
};

const TABLE = created("aws_dynamodb_table.t", { name: "Requests" });
const API = created("aws_apigatewayv2_api.a", { name: "Api" });
const STAGE = created("aws_apigatewayv2_stage.s", { name: "$default" });
const CONFIGURATION = {
  aws_apigatewayv2_stage: { s: { api_id: "${aws_apigatewayv2_api.a.id}", name: "$default" } },
  aws_apigatewayv2_api_mapping: { m: { domain_name: "${aws_apigatewayv2_domain_name.d.id}" } },
};

/** A plan that creates these, as long as they are not imported. */
function terraform(...resources: { readonly address: string }[]) {
  const file = join(folder, "import.tf.json");
  const imports: unknown[][] = [];
  const planTo = async () => {
    const imported: { to: string }[] = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")).import : [];
    imports.push(imported);
    return { resource_changes: resources.filter(({ address }) => !imported.some(({ to }) => to === address)) };
  };
  const fake = { folder, planTo, configuration: () => ({ resource: CONFIGURATION }) };
  return { terraform: fake as unknown as Terraform, imports };
}

/** AWS, of which each service answers every command in the same way. */
function aws(services: Record<string, () => unknown>): Deployment {
  const clients = Object.entries(services).map(([name, answer]) => [name, { send: async () => answer() }]);
  return { application, connect: async () => Object.fromEntries(clients) } as unknown as Deployment;
}

function refusal(name: string, httpStatusCode = 400) {
  return () => {
    throw Object.assign(new Error("as AWS says it"), { name, $metadata: { httpStatusCode } });
  };
}

const PRESENT = aws({
  dynamodb: () => ({ Table: { TableName: "Requests" } }),
  apigateway: () => ({ Items: [{ Name: "Api", ApiId: "abc" }], StageName: "$default" }),
});

test("what is there is imported, and with it what is found by its id; the configuration is left as it was", async () => {
  const { terraform: fake, imports } = terraform(TABLE, API, STAGE);
  expect(await planAdopting(fake, PRESENT, { adopt: true })).toEqual({ resource_changes: [] });
  expect(imports).toEqual([
    [],
    expect.arrayContaining([
      { to: "aws_dynamodb_table.t", id: "Requests" },
      { to: "aws_apigatewayv2_api.a", id: "abc" },
      { to: "aws_apigatewayv2_stage.s", id: "abc/$default" },
    ]),
  ]);
  expect(existsSync(join(folder, "import.tf.json"))).toBe(false);
});

test("unless that is wanted, the plan fails and says all that is there and what to do", async () => {
  const toDo = /in AWS but not in the state\. .*npm run plan -- --adopt to take over/;
  const several = await failure(planAdopting(terraform(TABLE, API).terraform, PRESENT, { adopt: false }));
  expect(several.message).toMatch(toDo);
  expect(several.message).toMatch(/^These 2 resources exist /);
  expect(several.details).toEqual(["aws_apigatewayv2_api.a (abc)", "aws_dynamodb_table.t (Requests)"]);
  const one = await failure(planAdopting(terraform(TABLE).terraform, PRESENT, { adopt: false }));
  expect(one.message).toMatch(toDo);
  expect(one.message).toMatch(/^aws_dynamodb_table\.t \(Requests\) exists /);
  expect(one.details).toEqual([]);
});

test("a table in whose place the state has a restored one is not offered for adoption", async () => {
  const address = "aws_dynamodb_table.t_t-Requests-2026";
  const change = { actions: ["delete"], before: { name: "Requests-2026" }, after: null };
  const restored = { address, mode: "managed", type: "aws_dynamodb_table", change };
  const { message } = await failure(planAdopting(terraform(TABLE, restored).terraform, PRESENT, { adopt: false }));
  expect(message).toMatch(/^The state has Requests-2026 .* in the place of Requests .*take the commit/);
  expect(message).not.toContain("--adopt");
});

async function failure(plan: Promise<unknown>): Promise<UserError> {
  return plan.then(
    () => Promise.reject(new Error("The plan did not fail")),
    (error: UserError) => error,
  );
}

test("a rule is found by its name", async () => {
  const rule = created("aws_cloudwatch_event_rule.r", { name: "Daily" });
  const { terraform: fake, imports } = terraform(rule);
  await planAdopting(fake, aws({ events: () => ({ Name: "Daily" }) }), { adopt: true });
  expect(imports.at(-1)).toEqual([{ to: "aws_cloudwatch_event_rule.r", id: "Daily" }]);
});

const TARGET = created("aws_cloudwatch_event_target.x", { rule: "Daily", target_id: "Function" });

test.each([
  ["under its own id", "Function"],
  ["under another id, so that it is replaced", "terraform-20260101"],
])("a rule's only target is imported %s", async (_what, Id) => {
  const { terraform: fake, imports } = terraform(TARGET);
  await planAdopting(fake, aws({ events: () => ({ Targets: [{ Id }] }) }), { adopt: true });
  expect(imports.at(-1)).toEqual([{ to: "aws_cloudwatch_event_target.x", id: `Daily/${Id}` }]);
});

test("of several targets, the one with the id is imported", async () => {
  const { terraform: fake, imports } = terraform(TARGET);
  await planAdopting(fake, aws({ events: () => ({ Targets: [{ Id: "Other" }, { Id: "Function" }] }) }), {
    adopt: true,
  });
  expect(imports.at(-1)).toEqual([{ to: "aws_cloudwatch_event_target.x", id: "Daily/Function" }]);
});

test("of several other targets none is taken, because the others would stay", async () => {
  const twice = aws({ events: () => ({ Targets: [{ Id: "Other" }, { Id: "terraform-20260101" }] }) });
  await expect(planAdopting(terraform(TARGET).terraform, twice, { adopt: true })).rejects.toThrow(
    "The rule Daily has several targets (Other, terraform-20260101); delete all but one with aws events remove-targets.",
  );
});

test("a rule without a target gets one", async () => {
  const plan = await planAdopting(terraform(TARGET).terraform, aws({ events: () => ({ Targets: [] }) }), {
    adopt: true,
  });
  expect(plan).toEqual({ resource_changes: [TARGET] });
});

test.each([["ResourceNotFoundException"], ["NoSuchEntityException"], ["QueueDoesNotExist"]])(
  "%s means that it is not there",
  async (name) => {
    const plan = await planAdopting(terraform(TABLE).terraform, aws({ dynamodb: refusal(name) }), { adopt: false });
    expect(plan).toEqual({ resource_changes: [TABLE] });
  },
);

test("any other error fails the plan, because a second one might be made", async () => {
  const denied = aws({ dynamodb: refusal("AccessDeniedException") });
  await expect(planAdopting(terraform(TABLE).terraform, denied, { adopt: false })).rejects.toThrow(
    "Cannot find out whether aws_dynamodb_table Requests exists in AWS: AccessDeniedException: as AWS says it",
  );
});

test("of two APIs with the name none is taken", async () => {
  const twice = aws({ apigateway: () => ({ Items: [{ Name: "Api" }, { Name: "Api" }] }) });
  await expect(planAdopting(terraform(API).terraform, twice, { adopt: true })).rejects.toThrow(
    "There are several APIs with the name Api; delete those that are not used.",
  );
});

test("AWS is not asked where nothing is created", async () => {
  const never = { application, connect: () => Promise.reject(new Error("asked")) } as unknown as Deployment;
  expect(await planAdopting(terraform().terraform, never, { adopt: false })).toEqual({ resource_changes: [] });
});

const NAME = "api.example.com";
const CERTIFICATE = created("aws_acm_certificate.c", { domain_name: NAME, tags_all: { Environment: "Production" } });
const DOMAIN = created("aws_apigatewayv2_domain_name.d", { domain_name: NAME });
const MAPPING = { api_mapping_key: null };
const RECORD = { zone_id: "Z1", name: NAME, type: "A", set_identifier: null, allow_overwrite: null };
const RECORDS = [
  { Name: `${NAME}.`, Type: "AAAA" },
  { Name: `${NAME}.`, Type: "A" },
  { Name: "\\052.Other.example.com.", Type: "A" },
];
const MAPPINGS = [{ ApiMappingId: "orders", ApiMappingKey: "orders" }, { ApiMappingId: "rest" }];

/** AWS with a domain, its mappings, its records and certificates. The error is the answer for tags. */
function withDomain(certificates: readonly object[] = [], Tags: readonly object[] | Error = []): Deployment {
  const send = async (command: object) => {
    if (!/Tags/.test(command.constructor.name)) return { CertificateSummaryList: certificates };
    if (Tags instanceof Error) throw Tags;
    return { Tags };
  };
  const acm = Object.assign(Object.create(ACMClient.prototype), { send });
  const apigateway = { send: async () => ({ DomainName: NAME, Items: MAPPINGS }) };
  const route53 = { send: async () => ({ ResourceRecordSets: RECORDS }) };
  return { application, connect: async () => ({ acm, apigateway, route53 }) } as unknown as Deployment;
}

async function importsOf(deployment: Deployment, ...resources: ReturnType<typeof created>[]) {
  const { terraform: fake, imports } = terraform(...resources);
  await planAdopting(fake, deployment, { adopt: true });
  return imports.at(-1);
}

test.each<[string, object, string | undefined]>([
  ["aws_apigatewayv2_domain_name.d", { domain_name: NAME }, NAME],
  ["aws_apigatewayv2_api_mapping.n", { ...MAPPING, domain_name: NAME }, `rest/${NAME}`],
  ["aws_apigatewayv2_api_mapping.n", { domain_name: NAME, api_mapping_key: "orders" }, `orders/${NAME}`],
  ["aws_apigatewayv2_api_mapping.n", { domain_name: NAME, api_mapping_key: "returns" }, undefined],
  ["aws_apigatewayv2_api_mapping.n", { domain_name: NAME }, undefined],
  ["aws_route53_record.r", RECORD, `Z1_${NAME}_A`],
  ["aws_route53_record.r", { ...RECORD, type: "TXT" }, undefined],
  ["aws_route53_record.r", { ...RECORD, name: "example.com" }, undefined],
  ["aws_route53_record.r", { ...RECORD, set_identifier: "blue" }, undefined],
  ["aws_route53_record.r", { ...RECORD, allow_overwrite: true }, undefined],
])("of a domain, %s with %j is imported as %s", async (address, after, id) => {
  expect(await importsOf(withDomain(), created(address, after))).toEqual(id ? [{ to: address, id }] : []);
});

test("a mapping is found by the domain that is found", async () => {
  const imported = await importsOf(withDomain(), created("aws_apigatewayv2_api_mapping.m", MAPPING), DOMAIN);
  expect(imported).toContainEqual({ to: "aws_apigatewayv2_api_mapping.m", id: `rest/${NAME}` });
});

test("a record's name is compared as Route 53 writes it", async () => {
  const record = created("aws_route53_record.r", { ...RECORD, name: "*.other.example.com" });
  expect(await importsOf(withDomain(), record)).toHaveLength(1);
});

const ISSUED = { CertificateArn: "arn:1", DomainName: NAME, Type: "AMAZON_ISSUED" };
const TAGS = [{ Key: "Environment", Value: "Production" }, { Key: "Team" }];

test.each<[string, object[], object[] | Error, boolean]>([
  ["with all of its tags", [ISSUED], TAGS, true],
  ["of its name alone", [{ ...ISSUED, SubjectAlternativeNameSummaries: [NAME] }], TAGS, true],
  ["beside that of another name", [{ ...ISSUED, DomainName: "www.example.com" }, ISSUED], TAGS, true],
  ["with the tags of another environment", [ISSUED], [{ Key: "Environment", Value: "Development" }], false],
  ["whose tags it may not read", [ISSUED], Object.assign(new Error(), { name: "AccessDeniedException" }), false],
  ["of several names", [{ ...ISSUED, SubjectAlternativeNameSummaries: [NAME, "example.com"] }], TAGS, false],
  ["that was uploaded", [{ ...ISSUED, Type: "IMPORTED" }], TAGS, false],
  ["of which there are two", [ISSUED, { ...ISSUED, CertificateArn: "arn:2" }], TAGS, false],
])("a certificate %s is imported only if it is certainly the system's", async (_what, certificates, tags, isOurs) => {
  const imported = await importsOf(withDomain(certificates, tags), CERTIFICATE);
  expect(imported).toEqual(isOurs ? [{ to: "aws_acm_certificate.c", id: "arn:1" }] : []);
});

test("a certificate without tags is none that could be told from others", async () => {
  const untagged = created("aws_acm_certificate.c", { domain_name: NAME, tags_all: {} });
  expect(await importsOf(withDomain([ISSUED], TAGS), untagged)).toEqual([]);
});

test("a second path of a domain, and a second certificate of its name, are no renamed ones", async () => {
  const kept = (address: string, before: object) => ({
    ...created(address, before),
    change: { actions: ["no-op"], before, after: before },
  });
  const first = { id: "rest", api_id: "a", domain_name: NAME, stage: "s", api_mapping_key: "" };
  const second = { api_id: "b", domain_name: NAME, stage: "s", api_mapping_key: "returns" };
  const certificate = { domain_name: NAME, id: "arn:0", arn: "arn:0" };
  const changes = [
    kept("aws_apigatewayv2_api_mapping.a", first),
    created("aws_apigatewayv2_api_mapping.b", second),
    kept("aws_acm_certificate.a", certificate),
    created("aws_acm_certificate.b", { domain_name: NAME }),
  ];
  const plan = await planAdopting(terraform(...changes).terraform, withDomain(), { adopt: false });
  expect(plan.renamed).toBeUndefined();
});
