import { CodedeployDeploymentConfig } from "@cdktf/provider-aws/lib/codedeploy-deployment-config";
import { CodedeployDeploymentGroup } from "@cdktf/provider-aws/lib/codedeploy-deployment-group";
import { LambdaAlias } from "@cdktf/provider-aws/lib/lambda-alias";
import { LambdaFunction } from "@cdktf/provider-aws/lib/lambda-function";
import { LambdaFunctionEventInvokeConfig } from "@cdktf/provider-aws/lib/lambda-function-event-invoke-config";
import type { TerraformStack } from "cdktf";
import { HttpApi } from "../../../../../constructs/api/http-api";
import { Queue } from "../../../../../constructs/events/queue";
import { Schedule } from "../../../../../constructs/events/schedule";
import { Topic } from "../../../../../constructs/events/topic";
import type { FunctionDefaults } from "../../../../../constructs/function/function-props";
import { Monitoring } from "../../../../../constructs/monitoring/monitoring";
import { PrivateBucket } from "../../../../../constructs/storage/private-bucket";
import { Table } from "../../../../../constructs/storage/table";
import { parseSettings } from "../../../../../settings/settings";
import { aFunction, type Block, ENVIRONMENT, resourcesOf, statementsIn, synthesize } from "../../synthesize";

type Release = FunctionDefaults["release"];

const CANARY: Release = { mode: "canary", percent: 10, minutes: 5 };
const { api: API, alarms: THRESHOLDS } = parseSettings({ production: {} }, "production");

/** A function that everything invokes. */
function everyCaller(release: Release): string {
  return synthesize((stack) => {
    const fn = aFunction(stack, "orders", { functionName: "orders", release, timeoutSeconds: 5 });
    const api = new HttpApi(stack, "api", API);
    api.route("GET /orders", fn);
    api.route("$default", fn);
    const schedule = new Schedule(stack, "nightly", { expression: "rate(1 day)" });
    schedule.invoke(fn);
    schedule.invoke(fn, { input: { days: 7 } });
    new Topic(stack, "topic").subscribe(fn);
    new PrivateBucket(stack, "bucket", { bucketName: "uploads" }).notify(fn);
    fn.consume(new Queue(stack, "queue"));
    fn.consumeStream(new Table(stack, "table", { partitionKey: "Id", stream: "KEYS_ONLY" }));
  });
}

function fieldsOf(json: string): Record<string, Block[]> {
  return {
    integrations: resourcesOf(json, "aws_apigatewayv2_integration").map((each) => each.integration_uri),
    targets: resourcesOf(json, "aws_cloudwatch_event_target").map((each) => each.arn),
    subscriptions: resourcesOf(json, "aws_sns_topic_subscription").map((each) => each.endpoint),
    notifications: resourcesOf(json, "aws_s3_bucket_notification").map(
      (each) => each.lambda_function[0].lambda_function_arn,
    ),
    mappings: resourcesOf(json, "aws_lambda_event_source_mapping").map((each) => each.function_name),
  };
}

test("without a release, callers invoke the function itself, and wait for no more than before", () => {
  const json = everyCaller("all-at-once");
  for (const invoked of Object.values(fieldsOf(json)).flat()) expect(invoked).toMatch(/^\$\{aws_lambda_function\./);
  expect(json).not.toMatch(/codedeploy|aws_lambda_alias|"publish"|qualifier/);
  for (const type of ["aws_apigatewayv2_integration", "aws_cloudwatch_event_target"]) {
    for (const caller of resourcesOf(json, type)) expect(caller).not.toHaveProperty("depends_on");
  }
});

test("with a gradual release, every caller invokes the alias, once it has the permission to", () => {
  const json = everyCaller(CANARY);
  const fields = fieldsOf(json);
  expect(Object.values(fields).map(({ length }) => length)).toEqual([1, 2, 1, 1, 2]);
  for (const invoked of Object.values(fields).flat()) expect(invoked).toMatch(/^\$\{aws_lambda_alias\./);
  const callers = [
    ...resourcesOf(json, "aws_apigatewayv2_integration"),
    ...resourcesOf(json, "aws_cloudwatch_event_target"),
    ...resourcesOf(json, "aws_sns_topic_subscription"),
    ...resourcesOf(json, "aws_s3_bucket_notification"),
  ];
  // A permission for each of the API's two routes.
  expect(callers.map(({ depends_on }) => depends_on.length)).toEqual([2, 1, 1, 1, 1]);
  for (const each of callers.flatMap(({ depends_on }) => depends_on)) {
    expect(each).toMatch(/^aws_lambda_permission\..*-live_/);
  }
});

test("the alias has the permissions and the configuration of failures that the function keeps", () => {
  const json = everyCaller(CANARY);
  const permissions = resourcesOf(json, "aws_lambda_permission");
  const before = resourcesOf(everyCaller("all-at-once"), "aws_lambda_permission");
  const ofAlias = permissions.filter(({ qualifier }) => qualifier);
  expect(permissions.filter(({ qualifier }) => !qualifier)).toEqual(before);
  expect(ofAlias.map(({ source_arn }) => source_arn)).toEqual(before.map(({ source_arn }) => source_arn));
  for (const { depends_on } of ofAlias) {
    expect(depends_on).toEqual([
      expect.stringMatching(/^aws_lambda_function_event_invoke_config\.orders_release_async-failures/),
    ]);
  }
  const [failures] = resourcesOf(everyCaller("all-at-once"), "aws_lambda_function_event_invoke_config");
  const both = resourcesOf(json, "aws_lambda_function_event_invoke_config");
  expect(both).toContainEqual(failures);
  expect(json).toHaveResourceWithProperties(LambdaFunctionEventInvokeConfig, {
    qualifier: expect.stringMatching(/aws_lambda_alias\..*\.name/),
    maximum_retry_attempts: failures.maximum_retry_attempts,
    destination_config: failures.destination_config,
  });
});

test("Terraform publishes versions, and leaves the alias where the release put it", () => {
  const json = everyCaller(CANARY);
  expect(json).toHaveResourceWithProperties(LambdaFunction, { publish: true });
  expect(json).toHaveResourceWithProperties(LambdaAlias, {
    name: "live",
    function_version: expect.stringMatching(/aws_lambda_function\..*\.version/),
    lifecycle: { create_before_destroy: true, ignore_changes: ["function_version", "routing_config"] },
  });
});

/** The attributes that differ, by the resources' types; "none" for resources that only the first one has. */
function differences(one: string, other: string): string[] {
  const [first, second] = [one, other].map((json): Record<string, Record<string, Block>> => JSON.parse(json).resource);
  const found = Object.entries(first ?? {}).flatMap(([type, resources]) =>
    Object.entries(resources).flatMap(([id, block]) => {
      const changed = second?.[type]?.[id];
      if (!changed) return [`${type} none`];
      const names = [...new Set([...Object.keys(block), ...Object.keys(changed)])];
      return names
        .filter((name) => JSON.stringify(block[name]) !== JSON.stringify(changed[name]))
        .map((name) => `${type}.${name}`);
    }),
  );
  return [...new Set(found)].sort();
}

test("switched on or off, no resource is replaced but a topic's subscription, and none that the function has goes", () => {
  // Terraform reads dependencies and lifecycles itself. AWS changes all other attributes in place, except an endpoint.
  const own = /\.(depends_on|lifecycle)$/;
  expect(differences(everyCaller("all-at-once"), everyCaller(CANARY)).filter((each) => !own.test(each))).toEqual([
    "aws_apigatewayv2_integration.integration_uri",
    "aws_cloudwatch_event_target.arn",
    "aws_lambda_event_source_mapping.function_name",
    "aws_lambda_function.publish",
    "aws_s3_bucket_notification.lambda_function",
    "aws_sns_topic_subscription.endpoint",
  ]);
});

test("other steps change the deployment group, and nothing that serves events", () => {
  const linear = everyCaller({ mode: "linear", percent: 20, minutes: 2 });
  expect(differences(everyCaller(CANARY), linear)).toEqual([
    "aws_cloudwatch_metric_alarm.threshold",
    "aws_codedeploy_deployment_config.deployment_config_name",
    "aws_codedeploy_deployment_config.traffic_routing_config",
  ]);
});

test("all that callers of the alias need is deleted only after they invoke the function again", () => {
  const json = everyCaller(CANARY);
  const needed = [
    ...resourcesOf(json, "aws_lambda_alias"),
    ...resourcesOf(json, "aws_lambda_function_event_invoke_config").filter(({ qualifier }) => qualifier),
    ...resourcesOf(json, "aws_lambda_permission").filter(({ qualifier }) => qualifier),
  ];
  expect(needed).toHaveLength(7);
  for (const { lifecycle } of needed) expect(lifecycle).toMatchObject({ create_before_destroy: true });
});

test.each<[Release, Block]>([
  [CANARY, { type: "TimeBasedCanary", time_based_canary: { interval: 5, percentage: 10 } }],
  [
    { mode: "linear", percent: 20, minutes: 1 },
    { type: "TimeBasedLinear", time_based_linear: { interval: 1, percentage: 20 } },
  ],
])("CodeDeploy shifts the traffic as %j says", (release, trafficRoutingConfig) => {
  const json = synthesize((stack) => void aFunction(stack, "orders", { functionName: "orders", release }));
  expect(json).toHaveResourceWithProperties(CodedeployDeploymentConfig, {
    compute_platform: "Lambda",
    traffic_routing_config: trafficRoutingConfig,
  });
  expect(json).toHaveResourceWithProperties(CodedeployDeploymentGroup, {
    deployment_group_name: "live",
    deployment_style: { deployment_type: "BLUE_GREEN", deployment_option: "WITH_TRAFFIC_CONTROL" },
    auto_rollback_configuration: {
      enabled: true,
      events: ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST"],
    },
  });
});

test("another setting creates its configuration before the group has it, and the former one is deleted after that", () => {
  const json = synthesize((stack) => void aFunction(stack, "orders", { release: CANARY }));
  const [config] = resourcesOf(json, "aws_codedeploy_deployment_config");
  const [group] = resourcesOf(json, "aws_codedeploy_deployment_group");
  // Terraform replaces a configuration whose name is another one, and the name says the setting.
  expect(config.deployment_config_name).toBe("orders-test-canary-10-5");
  expect(config.lifecycle).toEqual({ create_before_destroy: true });
  expect(group.deployment_config_name).toMatch(
    /^\$\{aws_codedeploy_deployment_config\.orders_release_config_\w+\.deployment_config_name\}$/,
  );
});

test.each<[Release, string]>([
  [{ mode: "canary", percent: 0, minutes: 5 }, "percent (%): 0 is not allowed; use a whole number from 1 to 99"],
  [{ mode: "linear", percent: 10, minutes: 0 }, "minutes: 0 is not allowed; use a whole number from 1 to 2880"],
  [
    { mode: "linear", percent: 1, minutes: 30 },
    "1 % every 30 minutes take 2970 minutes; use more percent or fewer minutes, of at most 2880 minutes together",
  ],
  [
    { mode: "canary", percent: 10, minutes: 4 },
    "a canary of 4 minutes is over before an alarm can roll it back; use more minutes, so that all steps take at least 5 minutes",
  ],
  [
    { mode: "linear", percent: 25, minutes: 1 },
    "25 % every 1 minutes is over before an alarm can roll it back; use less percent or more minutes, so that all steps take at least 5 minutes",
  ],
])("%j is refused", (release, message) => {
  expect(() => synthesize((stack) => void aFunction(stack, "orders", { release }))).toThrow(
    `orders/release: ${message}`,
  );
});

test("the errors of the alias, and each 5xx alarm of the APIs that route to the function, roll it back", () => {
  const json = withApis(2, CANARY);
  const [group] = resourcesOf(json, "aws_codedeploy_deployment_group");
  const alarms = JSON.parse(json).resource.aws_cloudwatch_metric_alarm;
  const names = group.alarm_configuration.alarms.map(
    (reference: string) => alarms[/\.([\w-]+)\.alarm_name/.exec(reference)?.[1] ?? ""].alarm_name,
  );
  expect(group.alarm_configuration.enabled).toBe(true);
  expect(names).toEqual([
    "orders-live-failures",
    "orders-live-5xx-api-0",
    "orders-live-5xx-api-1",
    "api-0-server-errors-test",
    "api-0-server-error-rate-test",
    "api-1-server-errors-test",
    "api-1-server-error-rate-test",
  ]);
  const byName = (name: string) => Object.values<Block>(alarms).find(({ alarm_name }) => alarm_name === name);
  expect(byName("orders-live-failures")).toMatchObject({
    namespace: "AWS/Lambda",
    metric_name: "Errors",
    dimensions: {
      FunctionName: expect.stringMatching(/^\$\{aws_lambda_function\..*\.function_name\}$/),
      Resource: expect.stringMatching(/^\$\{aws_lambda_function\..*\}:live$/),
      // The former version may have errors.
      ExecutedVersion: expect.stringMatching(/^\$\{aws_lambda_function\..*\.version\}$/),
    },
    period: 60,
    evaluation_periods: 1,
    threshold: 0,
  });
  // In the first step, a tenth of the requests can fail.
  expect(byName("orders-live-5xx-api-0")).toMatchObject({ threshold: 5, evaluation_periods: 1 });
  const periods = byName("orders-live-5xx-api-0")?.metric_query.flatMap(({ metric }: Block) => metric?.period ?? []);
  expect(periods).toEqual([60, 60]);
});

test("an alarm that rolls a release back tells the topic of the other alarms", () => {
  const alarms = resourcesOf(withApis(1, CANARY), "aws_cloudwatch_metric_alarm");
  const actions = (name: string) => alarms.find(({ alarm_name }) => alarm_name === name);
  const { alarm_actions, ok_actions } = actions("api-0-server-errors-test") ?? {};
  expect(alarm_actions).toEqual([expect.stringContaining("aws_sns_topic.")]);
  for (const name of ["orders-live-failures", "orders-live-5xx-api-0"]) {
    expect(actions(name)).toMatchObject({ alarm_actions, ok_actions });
  }
});

test("without monitoring, a release has its alarms all the same", () => {
  const [alarm] = resourcesOf(everyCaller(CANARY), "aws_cloudwatch_metric_alarm");
  expect(alarm).toMatchObject({ alarm_name: "orders-live-failures" });
  expect(alarm.alarm_actions ?? []).toEqual([]);
});

test("no alarm of a watched function has the name of an alarm of a release", () => {
  const inProduction = { ...ENVIRONMENT, physicalName: (base: string) => base };
  const json = synthesize((stack) => {
    const watching = monitored(stack);
    for (const [id, release] of [
      ["orders", CANARY],
      ["orders-live", "all-at-once"],
    ] as const) {
      watching.watch(aFunction(stack, id, { release }));
    }
  }, inProduction);
  const names = resourcesOf(json, "aws_cloudwatch_metric_alarm").map(({ alarm_name }) => alarm_name);
  expect(names).toEqual(expect.arrayContaining(["orders-live-errors", "orders-live-failures"]));
  expect(new Set(names).size).toBe(names.length);
});

test("more APIs than CodeDeploy takes alarms are refused", () => {
  expect(() => withApis(4, CANARY)).toThrow(
    "orders/release: has 13 alarms; route fewer APIs to the function, because CodeDeploy takes 10 alarms",
  );
});

function monitored(stack: TerraformStack): Monitoring {
  return new Monitoring(stack, "monitoring", {
    topicName: "alarms",
    topicKeyAlias: "alias/alarms",
    consoleDomain: "console.aws.amazon.com",
    accountId: "123456789012",
    thresholds: THRESHOLDS as object,
  });
}

/** A function behind APIs. Monitoring watches one of them before it has a route. */
function withApis(count: number, release: Release): string {
  return synthesize((stack) => {
    const monitoring = monitored(stack);
    const fn = aFunction(stack, "orders", { functionName: "orders", release });
    for (let index = 0; index < count; index++) {
      const api = new HttpApi(stack, `api-${index}`, API);
      if (index === 0) monitoring.watch(api);
      api.route("$default", fn);
      monitoring.watch(api);
    }
  });
}

test("CodeDeploy's role may move the alias of this function, and reads alarms", () => {
  const json = everyCaller(CANARY);
  const role = resourcesOf(json, "aws_iam_role").find(({ name }) => name === "orders-release");
  const [trust] = statementsIn(json, role.assume_role_policy);
  expect(trust).toMatchObject({
    principals: [{ type: "Service", identifiers: ["codedeploy.amazonaws.com"] }],
    condition: [
      {
        test: "ArnEquals",
        variable: "aws:SourceArn",
        values: [`arn:aws:codedeploy:${ENVIRONMENT.region}:${ENVIRONMENT.accountId}:deploymentgroup:orders/live`],
      },
    ],
  });
  const policy = resourcesOf(json, "aws_iam_role_policy").find(({ name }) => name === "move-alias");
  const [move, read] = statementsIn(json, policy.policy);
  for (const arn of move.resources) expect(arn).toMatch(/^\$\{aws_lambda_function\.orders_function_\w+\.arn\}(:\*)?$/);
  expect(read).toMatchObject({ actions: ["cloudwatch:DescribeAlarms"], resources: ["*"] });
});

test("a function has its own release, beside that of the others", () => {
  const json = synthesize(
    (stack) => {
      aFunction(stack, "orders");
      aFunction(stack, "returns", { release: { mode: "linear", percent: 50, minutes: 3 } });
      aFunction(stack, "report", { release: "all-at-once" });
    },
    { function: { ...ENVIRONMENT.function, release: CANARY } },
  );
  expect(resourcesOf(json, "aws_codedeploy_app").map(({ name }) => name)).toEqual(["orders-test", "returns-test"]);
  expect(resourcesOf(json, "aws_codedeploy_deployment_config").map((each) => each.deployment_config_name)).toEqual([
    "orders-test-canary-10-5",
    "returns-test-linear-50-3",
  ]);
});
