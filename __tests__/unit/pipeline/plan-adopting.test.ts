import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { planAdopting } from "../../../commands/pipeline/plan-adopting";
import type { Deployment } from "../../../commands/terraform/deployment";
import type { Terraform } from "../../../commands/terraform/terraform";

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
};

/** A plan that creates these, as long as they are not imported. */
function terraform(...resources: ReturnType<typeof created>[]) {
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
  return { connect: async () => Object.fromEntries(clients) } as unknown as Deployment;
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

test("unless that is wanted, the plan fails and says what is there and what to do", async () => {
  await expect(planAdopting(terraform(TABLE, API).terraform, PRESENT, { adopt: false })).rejects.toThrow(
    /^aws_\S+ \(\w+\) and 1 more exist in AWS but not in the state\. .*npm run plan -- --adopt to take over/,
  );
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
  const never = { connect: () => Promise.reject(new Error("asked")) } as unknown as Deployment;
  expect(await planAdopting(terraform().terraform, never, { adopt: false })).toEqual({ resource_changes: [] });
});
