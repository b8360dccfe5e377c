import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
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
