import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KMSClient } from "@aws-sdk/client-kms";
import type { Deployment } from "@local/terraform/deployment";
import { planAdopting } from "@local/terraform/plan/plan-adopting";
import { summarizePlan } from "@local/terraform/plan/plan-summary";
import { refuseRenames } from "@local/terraform/plan/renames/render-renames";
import { renderMarkdown, renderText } from "@local/terraform/plan/render-plan";
import type { Terraform } from "@local/terraform/run/terraform";
import { APPLICATION } from "../../../commands/application/application";
import { resourceName } from "../../../stacks/moved-from";
import { renderDrift } from "../../../tools/drift-report";
import { synthesizeTo } from "../../synthesize-to";
import { DeployedStack } from "./planned-rename";

let folder: string;
const NO_CHANGES = { changes: [], outputs: [], warnings: [], dataLoss: [], addressLoss: [] };
const stacks = new Map<string, DeployedStack>();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "renames-"));
  await synthesizeTo(folder, {
    account: "123456789012",
    github: { repository: "octo/requests" },
    alarms: { email: "ops@example.com" },
    table: { capacity: { mode: "provisioned" } },
    api: { jwtAuthorizer: { issuer: "https://id.example.com", audience: ["requests"] } },
  });
  for (const name of readdirSync(join(folder, "stacks"))) {
    const text = readFileSync(join(folder, "stacks", name, "cdk.tf.json"), "utf8");
    stacks.set(name, new DeployedStack(JSON.parse(text)));
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

const application = APPLICATION;

/** AWS is not asked: all of it is in the state. */
const NEVER = { application, connect: () => Promise.reject(new Error("asked AWS")) } as unknown as Deployment;

async function planned(plan: object, configuration: object, adopt: boolean, deployment = NEVER) {
  const fake = { folder, planTo: async () => plan, configuration: () => configuration } as unknown as Terraform;
  return planAdopting(fake, deployment, { adopt });
}

/** Arguments that a change may touch beside the name: numbers, switches and descriptions. */
function changed(values: Record<string, unknown>): object {
  const change = (name: string, value: unknown) => {
    if (typeof value === "number") return value + 1;
    if (typeof value === "boolean") return !value;
    return /^(alarm_description|metric_name|filter_pattern|handler)$/.test(name) ? `${value}, changed` : value;
  };
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, change(name, value)]));
}

test.each([
  ["serverless-infrastructure", 60],
  ["state-backend", 7],
  ["github-access", 10],
])("each construct of %s, renamed or moved, is found with all that it holds", async (name, least) => {
  const stack = stacks.get(name) as DeployedStack;
  expect(stack.paths.length).toBeGreaterThan(least);
  for (const path of stack.paths) {
    for (const to of [`${path}-renamed`, `other/${path}`]) {
      const { config, moved } = stack.rename(path, to);
      for (const plan of [stack.plan(config), stack.plan(config, changed)]) {
        for (const adopt of [false, true]) {
          const { renamed = [] } = await planned(plan, config, adopt);
          expect([path, Object.fromEntries(renamed.map((rename) => [rename.to, rename.from]))]).toEqual([
            path,
            Object.fromEntries(moved),
          ]);
        }
      }
    }
  }
});

type Values = Record<string, unknown>;

const change = (address: string, actions: string[], before: Values | null, after: Values | null, more: object = {}) => {
  const [type = ""] = address.split(".");
  return { address, mode: "managed", type, change: { actions, before, after, ...more } };
};

/** Of what a plan deletes and creates, what it takes for one. AWS answers as if it had none of it. */
async function renamedIn(resource_changes: object[], resource: object = {}): Promise<[string, string, string][]> {
  const missing = () => Promise.reject(Object.assign(new Error(), { name: "NotFound" }));
  const nothing = { application, connect: async () => new Proxy({}, { get: () => ({ send: missing }) }) };
  const { renamed = [] } = await planned({ resource_changes }, { resource }, true, nothing as never);
  return renamed.map(({ from, to, remedy }) => [from, to, remedy]);
}

const ARN = (service: string, rest: string) => `arn:aws:${service}:us-west-2:123456789012:${rest}`;

/** A policy's ARN lacks the dimension. */
const SCALING = (dimension: string, target = 50) => ({
  name: "p",
  service_namespace: "dynamodb",
  resource_id: "table/t",
  scalable_dimension: `dynamodb:table:${dimension}CapacityUnits`,
  target_tracking_scaling_policy_configuration: [{ target_value: target }],
  arn: ARN("autoscaling", "scalingPolicy:0e5:resource/dynamodb/table/t:policyName/p"),
  id: "p",
});

// Each with the state's attributes, those of the new resource, and what the plan cannot know before the apply.
test.each<[string, boolean, string, Values, Values]>([
  [
    "a new alarm's name",
    false,
    "aws_cloudwatch_metric_alarm",
    { alarm_name: "A", arn: ARN("cloudwatch", "alarm:A"), id: "A" },
    { alarm_name: "B" },
  ],
  [
    "an alarm of the same name",
    true,
    "aws_cloudwatch_metric_alarm",
    {
      alarm_description: "A",
      alarm_name: "My-A",
      metric_name: "arm",
      arn: ARN("cloudwatch", "alarm:My-A"),
      id: "My-A",
    },
    { alarm_description: "B", alarm_name: "My-A", metric_name: "N" },
  ],
  [
    "a name that ends like it",
    false,
    "aws_cloudwatch_metric_alarm",
    { alarm_name: "my-A", arn: ARN("cloudwatch", "alarm:my-A"), id: "my-A" },
    { alarm_name: "A" },
  ],
  [
    "a parameter's path",
    true,
    "aws_ssm_parameter",
    { name: "/a/b", key_id: "alias/1", arn: ARN("ssm", "parameter/a/b"), id: "/a/b" },
    { name: "/a/b", key_id: "alias/2" },
  ],
  [
    "the metric filter of another group",
    false,
    "aws_cloudwatch_log_metric_filter",
    { name: "errors", log_group_name: "g", id: "errors" },
    { name: "errors", log_group_name: "h" },
  ],
  [
    "the metric filter with another pattern",
    true,
    "aws_cloudwatch_log_metric_filter",
    { name: "errors", log_group_name: "g", pattern: "a", id: "errors" },
    { name: "errors", log_group_name: "g", pattern: "b" },
  ],
  [
    "a filter that goes to another stream",
    true,
    "aws_cloudwatch_log_subscription_filter",
    { name: "f", log_group_name: "g", destination_arn: ARN("firehose", "s"), id: "cwlsf-1" },
    { name: "f", log_group_name: "g", destination_arn: ARN("firehose", "t") },
  ],
  [
    "a queue's mapping to the function in place of another's",
    false,
    "aws_lambda_event_source_mapping",
    { function_name: "f", event_source_arn: ARN("sqs", "a"), id: "0e5" },
    { function_name: "f", event_source_arn: ARN("sqs", "b") },
  ],
  [
    "the same mapping",
    true,
    "aws_lambda_event_source_mapping",
    { function_name: "f", event_source_arn: ARN("sqs", "a"), id: "0e5" },
    { function_name: "f", event_source_arn: ARN("sqs", "a") },
  ],
  [
    "another policy of a role",
    false,
    "aws_iam_role_policy_attachment",
    { role: "r", policy_arn: "arn:aws:iam::aws:policy/A", id: "r-2026" },
    { role: "r", policy_arn: "arn:aws:iam::aws:policy/B" },
  ],
  [
    "another port of a balancer",
    false,
    "aws_lb_listener",
    {
      load_balancer_arn: ARN("elasticloadbalancing", "l"),
      port: 80,
      arn: ARN("elasticloadbalancing", "listener/1"),
      id: ARN("elasticloadbalancing", "listener/1"),
    },
    { load_balancer_arn: ARN("elasticloadbalancing", "l"), port: 443 },
  ],
  [
    "another rule of a group",
    false,
    "aws_security_group_rule",
    { security_group_id: "sg-1", from_port: 443, cidr_blocks: ["10.0.0.0/16"], id: "sgrule-1" },
    { security_group_id: "sg-1", from_port: 443, cidr_blocks: ["10.1.0.0/16"] },
  ],
  [
    "the pool of the same name",
    true,
    "aws_cognito_user_pool",
    { name: "users", id: "us-west-2_abc", arn: ARN("cognito-idp", "userpool/us-west-2_abc") },
    { name: "users" },
  ],
  [
    "a secret with another key",
    true,
    "aws_secretsmanager_secret",
    { name: "s", kms_key_id: "alias/1", id: "0e5", arn: ARN("secretsmanager", "secret:s-AbCdEf") },
    { name: "s", kms_key_id: "alias/2" },
  ],
  [
    "the client of another pool",
    false,
    "aws_cognito_user_pool_client",
    { name: "app", user_pool_id: "p", id: "abc" },
    { name: "app", user_pool_id: "q" },
  ],
  [
    "a record of another type",
    false,
    "aws_route53_record",
    { zone_id: "Z1", name: "www", type: "A", id: "Z1_www_A" },
    { zone_id: "Z1", name: "www", type: "AAAA" },
  ],
  [
    "the same record",
    true,
    "aws_route53_record",
    { zone_id: "Z1", name: "www", type: "A", ttl: 60, id: "Z1_www_A" },
    { zone_id: "Z1", name: "www", type: "A", ttl: 300 },
  ],
  ["an address with nothing of its own", true, "aws_eip", { domain: "vpc", id: "eipalloc-1" }, { domain: "vpc" }],
  [
    "a key with the same description",
    true,
    "aws_kms_key",
    { description: "Of the topic", enable_key_rotation: true, id: "0e5" },
    { description: "Of the topic", enable_key_rotation: false },
  ],
  [
    "a statement of another function",
    false,
    "aws_lambda_permission",
    { function_name: "f", statement_id: "Allow", id: "Allow" },
    { function_name: "g", statement_id: "Allow" },
  ],
  [
    "another target of a rule",
    false,
    "aws_cloudwatch_event_target",
    { rule: "r", target_id: "a", id: "r-a" },
    { rule: "r", target_id: "b" },
  ],
  [
    "the rule of another bus",
    false,
    "aws_cloudwatch_event_rule",
    { name: "r", event_bus_name: "default", id: "r" },
    { name: "r", event_bus_name: "orders" },
  ],
  ["the scaling of another dimension", false, "aws_appautoscaling_policy", SCALING("Read"), SCALING("Write", 70)],
  ["the scaling of the same dimension", true, "aws_appautoscaling_policy", SCALING("Read"), SCALING("Read", 70)],
  [
    "a delay, which AWS does not know,",
    false,
    "time_sleep",
    { create_duration: "30s", id: "2026" },
    { create_duration: "30s" },
  ],
])("%s in place of what is deleted: the same is %s", async (_what, isSame, type, before, after) => {
  const plan = [change(`${type}.old`, ["delete"], before, null), change(`${type}.new`, ["create"], null, after)];
  expect(await renamedIn(plan)).toEqual(isSame ? [[`${type}.old`, `${type}.new`, "move"]] : []);
});

const ALARM = (name: string) => ({ alarm_name: name, arn: ARN("cloudwatch", `alarm:${name}`), id: name });

test("names that are exchanged are refused, and no move is offered", async () => {
  const plan = [
    change("aws_cloudwatch_metric_alarm.a", ["delete", "create"], ALARM("A"), { alarm_name: "B" }),
    change("aws_cloudwatch_metric_alarm.b", ["delete", "create"], ALARM("B"), { alarm_name: "A" }),
  ];
  expect(await renamedIn(plan)).toEqual([
    ["aws_cloudwatch_metric_alarm.b", "aws_cloudwatch_metric_alarm.a", "name"],
    ["aws_cloudwatch_metric_alarm.a", "aws_cloudwatch_metric_alarm.b", "name"],
  ]);
});

test("what an earlier apply created or imported, and could not delete, is to be forgotten under its former address", async () => {
  const type = "aws_cloudwatch_metric_alarm";
  const plan = [
    change(`${type}.old`, ["delete"], ALARM("A"), null),
    change(`${type}.new`, ["update"], ALARM("A"), { ...ALARM("A"), threshold: 1 }),
  ];
  const configuration = { [type]: { new: { alarm_name: "A" } } };
  expect(await renamedIn(plan, configuration)).toEqual([[`${type}.old`, `${type}.new`, "forget"]]);
  const { renamed } = await planned({ resource_changes: plan }, { resource: configuration }, false);
  expect(renderText({ ...NO_CHANGES, renamed })).toContain(`terraform state rm '${type}.old'`);
});

test("several that are alike are moved one to one", async () => {
  const address = (id: string) => ({ domain: "vpc", id });
  const plan = [
    change("aws_eip.a", ["delete"], address("eipalloc-1"), null),
    change("aws_eip.b", ["delete"], address("eipalloc-2"), null),
    change("aws_eip.c", ["create"], null, { domain: "vpc" }),
    change("aws_eip.d", ["create"], null, { domain: "vpc" }),
  ];
  expect(await renamedIn(plan)).toEqual([
    ["aws_eip.a", "aws_eip.c", "move"],
    ["aws_eip.b", "aws_eip.d", "move"],
  ]);
});

test.each<[string, string[], object[]]>([
  ["deleted", ["delete", "create"], [change("aws_cloudwatch_metric_alarm.a", ["delete"], ALARM("A"), null)]],
  [
    "deposed",
    ["create"],
    [
      change("aws_cloudwatch_metric_alarm.a", ["no-op"], ALARM("C"), ALARM("C")),
      { ...change("aws_cloudwatch_metric_alarm.a", ["delete"], ALARM("A"), null), deposed: "12345678" },
    ],
  ],
])("the name of what is %s cannot be given to what is planned to %j", async (_what, actions, old) => {
  const to = "aws_cloudwatch_metric_alarm.b";
  const plan = [...old, change(to, actions, actions[1] ? ALARM("B") : null, { alarm_name: "A" })];
  expect(await renamedIn(plan)).toEqual([["aws_cloudwatch_metric_alarm.a", to, "name"]]);
});

test("a reference is to the present resource, and not to a deposed one", async () => {
  const url = "https://sqs.us-west-2.amazonaws.com/123456789012/Q";
  const plan = [
    change("aws_sqs_queue.q", ["no-op"], { name: "Q", url }, { name: "Q", url }),
    { ...change("aws_sqs_queue.q", ["delete"], { name: "P" }, null), deposed: "12345678" },
    change("aws_sqs_queue_policy.old", ["delete"], { queue_url: url, id: url }, null),
    change("aws_sqs_queue_policy.new", ["create"], null, {}),
  ];
  const configuration = { aws_sqs_queue_policy: { new: { queue_url: "${aws_sqs_queue.q.url}" } } };
  expect(await renamedIn(plan, configuration)).toEqual([
    ["aws_sqs_queue_policy.old", "aws_sqs_queue_policy.new", "move"],
  ]);
});

test("of resources that CDKTF did not make, the lines name no construct", async () => {
  const plan = [
    change("aws_sns_topic.old", ["delete"], { name: "T", id: "T" }, null),
    change("aws_sns_topic.new", ["create"], null, { name: "T" }),
  ];
  const { renamed } = await planned({ resource_changes: plan }, { resource: {} }, false);
  const text = renderText({ ...NO_CHANGES, renamed });
  expect(text).toContain('"moved": [{"from":"aws_sns_topic.old","to":"aws_sns_topic.new"}]');
  expect(text).not.toMatch(/movedFrom|undefined|<>/);
});

test("one of several like it may be deleted", async () => {
  const address = (id: string) => ({ domain: "vpc", id });
  const plan = [
    change("aws_eip.a", ["delete"], address("eipalloc-1"), null),
    change("aws_eip.b", ["no-op"], address("eipalloc-2"), address("eipalloc-2")),
    { ...change("aws_eip.b", ["delete"], address("eipalloc-2"), null), deposed: "12345678" },
  ];
  expect(await renamedIn(plan, { aws_eip: { b: { domain: "vpc" } } })).toEqual([]);
});

test("the alarm of the same name in another Region may be deleted", async () => {
  const type = "aws_cloudwatch_metric_alarm";
  const there = { ...ALARM("A"), arn: "arn:aws:cloudwatch:us-east-1:123456789012:alarm:A" };
  const old = change(`${type}.old`, ["delete"], there, null);
  const configuration = { [type]: { new: { alarm_name: "A" } } };
  expect(await renamedIn([old, change(`${type}.new`, ["no-op"], ALARM("A"), ALARM("A"))], configuration)).toEqual([]);
  const plan = [
    change(`${type}.old`, ["delete"], { ...there, region: "us-east-1" }, null),
    change(`${type}.new`, ["create"], null, { alarm_name: "A", region: "us-west-2" }),
  ];
  expect(await renamedIn(plan, configuration)).toEqual([]);
});

test("an import of what the plan deletes is refused", async () => {
  const plan = [
    change("aws_cloudwatch_metric_alarm.old", ["delete"], ALARM("A"), null),
    change("aws_cloudwatch_metric_alarm.new", ["no-op"], ALARM("A"), ALARM("A"), { importing: { id: "A" } }),
  ];
  const configuration = { aws_cloudwatch_metric_alarm: { new: { alarm_name: "A" } } };
  expect(await renamedIn(plan, configuration)).toEqual([
    ["aws_cloudwatch_metric_alarm.old", "aws_cloudwatch_metric_alarm.new", "move"],
  ]);
});

test.each<[string, object[]]>([
  [
    "is moved",
    [
      {
        ...change("aws_sns_topic.new", ["no-op"], { name: "T" }, { name: "T" }),
        previous_address: "aws_sns_topic.old",
      },
    ],
  ],
  ["is replaced at its address", [change("aws_sns_topic.t", ["delete", "create"], { name: "T" }, { name: "T" })]],
  [
    "is forgotten, and created elsewhere",
    [
      change("aws_sns_topic.old", ["forget"], { name: "T" }, null),
      change("aws_sns_topic.new", ["create"], null, { name: "T" }),
    ],
  ],
  [
    "is another type",
    [
      change("aws_sns_topic.old", ["delete"], { name: "T" }, null),
      change("aws_sqs_queue.new", ["create"], null, { name: "T" }),
    ],
  ],
])("what %s is not renamed", async (_what, plan) => {
  expect(await renamedIn(plan)).toEqual([]);
});

test("a child of what is really new is new, too", async () => {
  const stage = {
    name: "$default",
    api_id: "old",
    id: "$default",
    arn: "arn:aws:apigateway:us-west-2::/apis/old/stages/$default",
  };
  const plan = [
    change("aws_apigatewayv2_api.old", ["delete"], { name: "Old", id: "old" }, null),
    change("aws_apigatewayv2_stage.old", ["delete"], stage, null),
    change("aws_apigatewayv2_api.new", ["create"], null, { name: "New" }),
    change("aws_apigatewayv2_stage.new", ["create"], null, { name: "$default" }),
  ];
  const configuration = {
    aws_apigatewayv2_stage: { new: { name: "$default", api_id: "${aws_apigatewayv2_api.new.id}" } },
  };
  expect(await renamedIn(plan, configuration)).toEqual([]);
});

test.each<[string, boolean, string, Values, Values]>([
  ["a topic", true, "aws_sns_topic", { name: "T", id: ARN("sns", "T"), arn: ARN("sns", "T") }, { name: "T" }],
  [
    "a function's configuration",
    true,
    "aws_lambda_function_event_invoke_config",
    { function_name: "f", qualifier: "", id: "f" },
    { function_name: "f", qualifier: null },
  ],
  [
    "the configuration of the function's alias",
    false,
    "aws_lambda_function_event_invoke_config",
    { function_name: "f", qualifier: "", id: "f" },
    { function_name: "f", qualifier: "live" },
  ],
  [
    "a zone, whose id AWS chooses,",
    false,
    "aws_route53_zone",
    { name: "example.com", id: "Z1" },
    { name: "example.com" },
  ],
  ["an address with nothing of its own", false, "aws_eip", { domain: "vpc", id: "eipalloc-1" }, { domain: "vpc" }],
  ["a table, which is looked for in AWS,", true, "aws_dynamodb_table", { name: "T", id: "T" }, { name: "T" }],
])("%s beside the same that is kept: one of both is %s", async (_what, isOne, type, before, after) => {
  for (const actions of [["no-op"], ["update"]]) {
    const plan = [change(`${type}.kept`, actions, before, before), change(`${type}.copy`, ["create"], null, after)];
    expect(await renamedIn(plan)).toEqual(isOne ? [[`${type}.kept`, `${type}.copy`, "name"]] : []);
  }
});

test("a topic of the same name in another Region is another one", async () => {
  const topic = { name: "T", id: ARN("sns", "T"), arn: ARN("sns", "T") };
  const plan = [
    change("aws_sns_topic.kept", ["no-op"], topic, topic),
    change("aws_sns_topic.there", ["create"], null, { name: "T" }),
  ];
  const configuration = { aws_sns_topic: { kept: { name: "T" }, there: { name: "T", provider: "aws.there" } } };
  expect(await renamedIn(plan, configuration)).toEqual([]);
});

test("an argument that the plan cannot know may tell a new resource from a kept one", async () => {
  const kept = { function_name: "f", statement_id: "Allow", id: "Allow" };
  const plan = [
    change("aws_lambda_permission.kept", ["no-op"], kept, kept),
    change("aws_lambda_permission.new", ["create"], null, { statement_id: "Allow" }),
  ];
  const configuration = { aws_lambda_permission: { new: { function_name: "${upper(var.name)}" } } };
  expect(await renamedIn(plan, configuration)).toEqual([]);
});

describe("what exists in AWS and in the state under another address", () => {
  const aws = (service: string, answer: object) =>
    ({ application, connect: async () => ({ [service]: { send: async () => answer } }) }) as unknown as Deployment;

  test("is not lost; one queue at two addresses is refused", async () => {
    const url = "https://sqs.us-west-2.amazonaws.com/123456789012/Q";
    const queue = { name: "Q", id: url, url };
    const resource_changes = [
      change("aws_sqs_queue.kept", ["no-op"], queue, queue),
      change("aws_sqs_queue.copy", ["create"], null, { name: "Q" }),
    ];
    const { renamed = [] } = await planned({ resource_changes }, { resource: {} }, true, aws("sqs", { QueueUrl: url }));
    expect(renamed).toEqual([
      {
        from: "aws_sqs_queue.kept",
        to: "aws_sqs_queue.copy",
        id: url,
        same: ["name"],
        construct: undefined,
        remedy: "name",
      },
    ]);
  });

  test.each<[string, string, Values, object]>([
    ["aws_apigatewayv2_api", "apigateway", { name: "N", id: "a" }, { Items: [{ Name: "N", ApiId: "a" }] }],
    [
      "aws_apigatewayv2_integration",
      "apigateway",
      { api_id: "a", integration_uri: "f", id: "1" },
      { Items: [{ IntegrationUri: "f", IntegrationId: "1" }] },
    ],
    [
      "aws_kms_key",
      "kms",
      { description: "Of the topic", id: "0e5" },
      { Keys: [{ KeyId: "0e5" }], KeyMetadata: { Description: "Of the topic", KeyState: "Enabled" } },
    ],
  ])("is no other %s, because AWS permits two that are alike", async (type, service, existing, answer) => {
    const { id: _id, ...after } = existing;
    const kept = change(`${type}.kept`, ["no-op"], existing, existing);
    const resource_changes = [kept, change(`${type}.new`, ["create"], null, after)];
    const send = async () => answer;
    const client = Object.assign(new KMSClient({ region: "us-west-2" }), { send });
    const deployment = { application, connect: async () => ({ [service]: client }) } as unknown as Deployment;
    for (const adopt of [false, true]) {
      expect(await planned({ resource_changes }, { resource: {} }, adopt, deployment)).toEqual({ resource_changes });
    }
    // A deleted one is not kept.
    const deleted = change(`${type}.kept`, ["delete"], existing, null);
    expect(await renamedIn([deleted, change(`${type}.new`, ["create"], null, after)])).toHaveLength(1);
  });

  test("does not become a rule's second or third target", async () => {
    const first = { rule: "r", target_id: "a", id: "r-a" };
    const resource_changes = [
      change("aws_cloudwatch_event_target.first", ["no-op"], first, first),
      change("aws_cloudwatch_event_target.second", ["create"], null, { rule: "r", target_id: "b" }),
    ];
    const target = aws("events", { Targets: [{ Id: "a" }] });
    expect(await planned({ resource_changes }, { resource: {} }, true, target)).toEqual({ resource_changes });
    const targets = aws("events", { Targets: [{ Id: "a" }, { Id: "c" }] });
    expect(await planned({ resource_changes }, { resource: {} }, false, targets)).toEqual({ resource_changes });
  });
});

test("the lines say both addresses and what to add, in text, in Markdown and as drift", async () => {
  const stack = stacks.get("serverless-infrastructure") as DeployedStack;
  const { config } = stack.rename("dead-letter-queue", "failures/events");
  const summary = summarizePlan(await planned(stack.plan(config), config, false));
  const from = "aws_sqs_queue.dead-letter-queue_9C8F6649";
  const [to] = /aws_sqs_queue\.failures_\w+/.exec(JSON.stringify(summary)) ?? [];
  const url = "https://sqs.us-west-2.amazonaws.com/123456789012/RequestProcessorDeadLetters";
  const drift = renderDrift("serverless-infrastructure", "production", summary);
  for (const text of [renderText(summary), renderMarkdown(summary, "production"), drift]) {
    expect(text).toContain(`${from} → ${to} (${url}, same name)`);
    expect(text).toContain('movedFrom(<failures/events>, "dead-letter-queue");');
    expect(text).toContain(`<failures/events/queue>.moveFromId("${from}");`);
    expect(text).toContain(`{"from":"${from}","to":"${to}"}`);
    expect(text.match(/movedFrom\(/g)).toHaveLength(1);
  }
});

describe("of a rename of very many resources", () => {
  const renamed = Array.from({ length: 1000 }, (_each, number) => ({
    from: `aws_sqs_queue.${resourceName(["old", `queue-${number}`])}`,
    to: `aws_sqs_queue.${resourceName(["new", `queue-${number}`])}`,
    id: `https://sqs.us-west-2.amazonaws.com/123456789012/queue-${number}`,
    same: ["name"],
    construct: `new/queue-${number}`,
    moved: { construct: "new", formerPath: "old" },
    remedy: "move" as const,
  }));
  const dataLoss = renamed.map(({ from }) => from);
  const summary = { ...NO_CHANGES, dataLoss, renamed };

  test("Markdown is cut by lines, begins with the shortest remedy, and the log has all", () => {
    const logged: string[] = [];
    const markdown = renderMarkdown(summary, "production", (whole) => logged.push(whole));
    expect(markdown.length).toBeLessThanOrEqual(60_000);
    expect(markdown).toContain('> - `movedFrom(<new>, "old");`');
    expect(markdown.match(/moveFromId/g)?.length).toBeGreaterThan(50);
    expect(markdown.match(/^> Data would be lost/gm)?.length).toBeGreaterThan(50);
    expect(markdown).toMatch(/\n… and \d+ more of these; all are in the job's log\.\n$/);
    expect(logged).toEqual([renderText(summary)]);
  });

  test("a drift report logs all, too; and a short plan is not logged", () => {
    const logged: string[] = [];
    const changes = [
      { address: "aws_x.y", type: "aws_x", action: "create" as const, attributes: [], replacedBecause: [] },
    ];
    renderDrift("serverless-infrastructure", "production", { ...summary, changes }, (whole) => logged.push(whole));
    renderMarkdown({ ...NO_CHANGES, changes }, "production", (whole) => logged.push(whole));
    expect(logged).toEqual([renderText({ ...summary, changes })]);
  });

  test("the refusal has the remedies where the plan is not printed as text", () => {
    expect(refuseRenames(undefined, false)).toBeUndefined();
    expect(refuseRenames(renamed, true)).toMatch(/^Refused: .* The lines above say what to add\.$/);
    expect(refuseRenames(renamed, false)).toMatch(/\n {2}movedFrom\(<new>, "old"\);\n/);
  });
});
