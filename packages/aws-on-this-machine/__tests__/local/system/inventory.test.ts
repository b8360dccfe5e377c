import {
  CreateApiCommand,
  CreateApiMappingCommand,
  CreateDomainNameCommand,
  CreateIntegrationCommand,
  CreateRouteCommand,
  CreateStageCommand,
  DeleteApiCommand,
  GetIntegrationsCommand,
} from "@aws-sdk/client-apigatewayv2";
import { PutMetricAlarmCommand } from "@aws-sdk/client-cloudwatch";
import { CreateTableCommand } from "@aws-sdk/client-dynamodb";
import { PutRuleCommand, PutTargetsCommand } from "@aws-sdk/client-eventbridge";
import {
  CreateEventSourceMappingCommand,
  DeleteFunctionCommand,
  PutFunctionConcurrencyCommand,
  PutFunctionEventInvokeConfigCommand,
} from "@aws-sdk/client-lambda";
import { CreateScheduleCommand } from "@aws-sdk/client-scheduler";
import { CreateQueueCommand } from "@aws-sdk/client-sqs";
import { type Inventory, readInventory } from "../../../inventory/inventory";
import type { ResourceRef } from "../../../inventory/resource-ref";
import { scheduledEvent } from "../../../inventory/schedules/schedules";
import { arnOf, PLACE } from "../../../testing/deploy";
import { describeWithPython } from "../echo-api";
import { Emulated } from "./emulated";

const INDEX = "def handler(event, context):\n    return event\n";
const QUEUES = "arn:aws:sqs:us-west-2:123456789012:";

describeWithPython("the inventory", () => {
  let emulated: Emulated;
  beforeAll(async () => {
    emulated = await Emulated.start();
  });
  afterAll(() => emulated?.stop());

  async function read(refs: readonly ResourceRef[]): Promise<Inventory> {
    return readInventory(emulated.aws, refs, PLACE);
  }

  async function queue(name: string, Attributes: Record<string, string> = {}): Promise<ResourceRef> {
    const { QueueUrl = "" } = await emulated.aws.sqs.send(new CreateQueueCommand({ QueueName: name, Attributes }));
    return { address: `aws_sqs_queue.${name.replace(".", "-")}`, type: "aws_sqs_queue", id: QueueUrl };
  }

  test("has each function with its settings, and Lambda's defaults where it has none", async () => {
    const { aws, deploy } = emulated;
    const more = { LoggingConfig: { LogGroup: "/orders/log" }, MemorySize: 512 };
    const refs = [await deploy.fn("orders", INDEX, more), await deploy.fn("mails", INDEX)];
    const FunctionName = "orders";
    await aws.lambda.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 0 }));
    const DestinationConfig = { OnFailure: { Destination: `${QUEUES}letters` } };
    await aws.lambda.send(
      new PutFunctionEventInvokeConfigCommand({ FunctionName, MaximumRetryAttempts: 1, DestinationConfig }),
    );
    await deploy.permit("orders", "sns.amazonaws.com");
    const { functions, unserved } = await read(refs);
    expect(functions).toMatchObject([
      {
        address: "aws_lambda_function.orders",
        name: "orders",
        arn: arnOf("orders"),
        configuration: { MemorySize: 512, Handler: "index.handler" },
        reservedConcurrency: 0,
        invokeConfig: { MaximumRetryAttempts: 1, DestinationConfig },
        logGroup: "/orders/log",
      },
      { name: "mails", logGroup: "/aws/lambda/mails" },
    ]);
    expect(functions[0]?.policy).toContain("sns.amazonaws.com");
    const { reservedConcurrency, policy, invokeConfig } = functions[1] ?? {};
    expect([reservedConcurrency, policy, invokeConfig, unserved]).toEqual([undefined, undefined, undefined, []]);
  });

  test("has each HTTP API with its routes, integrations and stage", async () => {
    const { deploy } = emulated;
    const refs = [
      await deploy.api("shop", { "GET /pets": "orders", $default: "mails" }),
      await deploy.api("admin", { "POST /jobs": "mails" }, { CorsConfiguration: { AllowOrigins: ["*"] } }),
    ];
    const { apis } = await read(refs);
    expect(apis.map(({ address, api }) => [address, api.Name])).toEqual([
      ["aws_apigatewayv2_api.shop", "shop"],
      ["aws_apigatewayv2_api.admin", "admin"],
    ]);
    expect(apis[0]?.routes.map(({ RouteKey }) => RouteKey).sort()).toEqual(["$default", "GET /pets"]);
    expect(apis[0]?.integrations).toHaveLength(2);
    expect(apis[1]).toMatchObject({
      ...PLACE,
      api: { CorsConfiguration: { AllowOrigins: ["*"] } },
      stages: [{ StageName: "$default", accessLogGroup: undefined, archiveBucket: undefined }],
      authorizers: [],
    });
  });

  test("has rules with a schedule, and those of EventBridge Scheduler, each with its functions", async () => {
    const { events, scheduler } = emulated.aws;
    const rule = async (Name: string, more: object) => {
      await events.send(new PutRuleCommand({ Name, ...more }));
      return { address: `aws_cloudwatch_event_rule.${Name}`, type: "aws_cloudwatch_event_rule", id: Name };
    };
    const refs = [
      await rule("daily", { ScheduleExpression: "rate(1 day)" }),
      await rule("weekly", { ScheduleExpression: "rate(7 days)", State: "DISABLED" }),
      await rule("pattern", { EventPattern: '{"source": ["shop"]}' }),
    ];
    const Targets = [
      { Id: "1", Arn: arnOf("orders"), DeadLetterConfig: { Arn: `${QUEUES}letters` } },
      { Id: "2", Arn: `${arnOf("mails")}:live`, Input: '{"n": 1}' },
      { Id: "3", Arn: `${QUEUES}other` },
    ];
    await events.send(new PutTargetsCommand({ Rule: "daily", Targets }));
    for (const [Name, Arn] of [
      ["hourly", arnOf("mails")],
      ["notify", `${QUEUES}other`],
    ] as const) {
      const schedule = { ScheduleExpression: "rate(1 hour)", FlexibleTimeWindow: { Mode: "OFF" } } as const;
      const Target = { Arn, RoleArn: "arn:aws:iam::123456789012:role/scheduler", Input: '{"n": 2}' };
      await scheduler.send(new CreateScheduleCommand({ Name, ...schedule, Target }));
      const address = `aws_scheduler_schedule.${Name}`;
      refs.push({ address, type: "aws_scheduler_schedule", id: `default/${Name}` });
    }
    const { schedules } = await read(refs);
    const service = "events.amazonaws.com";
    expect(schedules.map(({ arn: _, ...schedule }) => schedule)).toEqual([
      {
        address: "aws_cloudwatch_event_rule.daily",
        name: "daily",
        expression: "rate(1 day)",
        isEnabled: true,
        service,
        targets: [
          { arn: arnOf("orders"), input: undefined, deadLetterArn: `${QUEUES}letters` },
          { arn: `${arnOf("mails")}:live`, input: '{"n": 1}', deadLetterArn: undefined },
        ],
      },
      {
        address: "aws_cloudwatch_event_rule.weekly",
        name: "weekly",
        expression: "rate(7 days)",
        isEnabled: false,
        service,
        targets: [],
      },
      {
        address: "aws_scheduler_schedule.hourly",
        name: "hourly",
        expression: "rate(1 hour)",
        isEnabled: true,
        targets: [{ arn: arnOf("mails"), input: '{"n": 2}', deadLetterArn: undefined }],
      },
      {
        address: "aws_scheduler_schedule.notify",
        name: "notify",
        expression: "rate(1 hour)",
        isEnabled: true,
        targets: [],
      },
    ]);
    const [daily, , hourly] = schedules;
    const fired = { id: "6c1f0d2e", time: new Date("2026-01-01T06:00:00.123Z") };
    const eventOf = (schedule: typeof daily, target = schedule?.targets[0]) =>
      schedule && target && JSON.parse(scheduledEvent(schedule, target, fired));
    expect(eventOf(daily)).toEqual({
      version: "0",
      id: "6c1f0d2e",
      "detail-type": "Scheduled Event",
      source: "aws.events",
      account: "123456789012",
      time: "2026-01-01T06:00:00Z",
      region: "us-west-2",
      resources: ["arn:aws:events:us-west-2:123456789012:rule/daily"],
      detail: {},
    });
    expect(eventOf(daily, daily?.targets[1])).toEqual({ n: 1 });
    expect(eventOf(hourly, { arn: "" })).toMatchObject({
      source: "aws.scheduler",
      resources: ["arn:aws:scheduler:us-west-2:123456789012:schedule/default/hourly"],
      detail: "{}",
    });
  });

  test("has queues with their dead-letter queues, tables with their keys, and event source mappings", async () => {
    const { dynamodb, lambda } = emulated.aws;
    await emulated.deploy.fn("worker", INDEX);
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: `${QUEUES}letters`, maxReceiveCount: 3 });
    const refs = [
      await queue("letters"),
      await queue("orders", { RedrivePolicy }),
      await queue("mails.fifo", { FifoQueue: "true" }),
    ];
    for (const [TableName, names] of [
      ["orders", ["id"]],
      ["lines", ["id", "line"]],
    ] as const) {
      const KeySchema = names.map((AttributeName, index) => ({
        AttributeName,
        KeyType: index === 0 ? ("HASH" as const) : ("RANGE" as const),
      }));
      const AttributeDefinitions = names.map((AttributeName) => ({ AttributeName, AttributeType: "S" as const }));
      const BillingMode = "PAY_PER_REQUEST" as const;
      await dynamodb.send(new CreateTableCommand({ TableName, KeySchema, AttributeDefinitions, BillingMode }));
      refs.push({ address: `aws_dynamodb_table.${TableName}`, type: "aws_dynamodb_table", id: TableName });
    }
    for (const name of ["orders", "letters"]) {
      const mapping = { EventSourceArn: QUEUES + name, FunctionName: "worker", BatchSize: 5 };
      const { UUID = "" } = await lambda.send(new CreateEventSourceMappingCommand(mapping));
      const address = `aws_lambda_event_source_mapping.${name}`;
      refs.push({ address, type: "aws_lambda_event_source_mapping", id: UUID });
    }
    const { queues, tables, eventSources } = await read(refs);
    expect(queues.map(({ url: _, ...rest }) => rest)).toEqual([
      { address: "aws_sqs_queue.letters", name: "letters", arn: `${QUEUES}letters`, deadLetterArn: undefined },
      { address: "aws_sqs_queue.orders", name: "orders", arn: `${QUEUES}orders`, deadLetterArn: `${QUEUES}letters` },
      { address: "aws_sqs_queue.mails-fifo", name: "mails.fifo", arn: `${QUEUES}mails.fifo`, deadLetterArn: undefined },
    ]);
    expect(tables).toEqual([
      { address: "aws_dynamodb_table.orders", name: "orders", keys: ["id"] },
      { address: "aws_dynamodb_table.lines", name: "lines", keys: ["id", "line"] },
    ]);
    expect(eventSources).toMatchObject([
      { mapping: { EventSourceArn: `${QUEUES}orders`, FunctionArn: arnOf("worker"), BatchSize: 5 } },
      { mapping: { EventSourceArn: `${QUEUES}letters`, FunctionArn: arnOf("worker") } },
    ]);
  });

  test("has the alarms of the stack, and no others of the account, however many there are", async () => {
    const names = Array.from({ length: 120 }, (_, number) => `alarm-${number}`);
    for (const AlarmName of ["elsewhere", ...names]) {
      const metric = { MetricName: "Errors", Namespace: "AWS/Lambda", Statistic: "Sum", Period: 60 } as const;
      const rest = { EvaluationPeriods: 1, Threshold: 1, ComparisonOperator: "GreaterThanThreshold" } as const;
      await emulated.aws.cloudwatch.send(new PutMetricAlarmCommand({ AlarmName, ...metric, ...rest }));
    }
    const refs = names.map((id) => ({
      address: `aws_cloudwatch_metric_alarm.${id}`,
      type: "aws_cloudwatch_metric_alarm",
      id,
    }));
    expect((await read([])).alarms).toEqual([]);
    const { alarms } = await read(refs);
    expect(alarms.map(({ AlarmName }) => AlarmName).sort()).toEqual([...names].sort());
  });

  test("says of each resource that does not run here why", async () => {
    const { aws, deploy } = emulated;
    const image = { PackageType: "Image", Runtime: undefined, Handler: undefined } as const;
    const ImageUri = "123456789012.dkr.ecr.us-west-2.amazonaws.com/image:1";
    const { ApiId = "" } = await aws.apigateway.send(
      new CreateApiCommand({
        Name: "chat",
        ProtocolType: "WEBSOCKET",
        RouteSelectionExpression: "$request.body.action",
      }),
    );
    const { functions, apis, unserved } = await read([
      await deploy.fn("node", INDEX, { Runtime: "nodejs22.x" }),
      await deploy.fn("image", INDEX, { ...image, Code: { ImageUri } }),
      { address: "aws_apigatewayv2_api.chat", type: "aws_apigatewayv2_api", id: ApiId },
      { address: "aws_api_gateway_rest_api.old", type: "aws_api_gateway_rest_api", id: "rest" },
      { address: "aws_lb.web", type: "aws_lb", id: "web" },
      { address: "aws_s3_bucket.files", type: "aws_s3_bucket", id: "files" },
    ]);
    expect([functions, apis]).toEqual([[], []]);
    expect(new Map(unserved.map(({ address, reason }) => [address, reason]))).toEqual(
      new Map([
        ["aws_lambda_function.node", "the runtime nodejs22.x does not run here; Python does"],
        ["aws_lambda_function.image", "container images do not run here; a zip package with a Python runtime does"],
        ["aws_apigatewayv2_api.chat", "WebSocket APIs do not run here; HTTP APIs do"],
        ["aws_api_gateway_rest_api.old", "REST APIs do not run here; an HTTP API (aws_apigatewayv2_api) does"],
        ["aws_lb.web", "load balancers do not run here; an HTTP API does"],
      ]),
    );
  });

  test("names each route that does not run here, with the reason", async () => {
    const { aws, deploy } = emulated;
    const { apigateway } = aws;
    const shop = await deploy.api("shop", { "GET /pets": "orders" });
    const ApiId = shop.id;
    const add = async (RouteKey: string, Target: string | undefined, more: object = {}) => {
      const { RouteId = "" } = await apigateway.send(new CreateRouteCommand({ ApiId, RouteKey, Target, ...more }));
      return { address: `aws_apigatewayv2_route.${RouteKey}`, type: "aws_apigatewayv2_route", id: RouteId };
    };
    const site = {
      IntegrationType: "HTTP_PROXY",
      IntegrationUri: "https://example.com",
      IntegrationMethod: "GET",
    } as const;
    const { IntegrationId } = await apigateway.send(new CreateIntegrationCommand({ ApiId, ...site }));
    const { Items = [] } = await apigateway.send(new GetIntegrationsCommand({ ApiId }));
    const fn = Items.find(({ IntegrationType }) => IntegrationType === "AWS_PROXY");
    const { unserved } = await read([
      shop,
      await add("GET /site", `integrations/${IntegrationId}`),
      await add("GET /signed", `integrations/${fn?.IntegrationId}`, { AuthorizationType: "AWS_IAM" }),
      { ...(await add("GET /elsewhere", `integrations/${IntegrationId}`)), type: "other" },
      await add("GET /open", `integrations/${fn?.IntegrationId}`),
    ]);
    expect(unserved).toEqual(
      expect.arrayContaining([
        {
          address: "aws_apigatewayv2_route.GET /site",
          reason:
            "GET /site of shop is answered 500, because integrations of the kind HTTP_PROXY do not run here; those of Lambda, EventBridge, SQS, Kinesis and Step Functions do",
        },
        {
          address: "aws_apigatewayv2_route.GET /signed",
          reason:
            "GET /signed of shop is answered 500, because the authorization AWS_IAM is not checked here; JWT and Lambda authorizers are",
        },
      ]),
    );
    expect(unserved.map(({ address }) => address)).toContain("aws_apigatewayv2_api.shop GET /elsewhere");
    expect(unserved).toHaveLength(3);
  });

  test("has the stages of an API, $default first, each with its access log", async () => {
    const { aws, deploy } = emulated;
    const api = await deploy.api("staged", {});
    const DestinationArn = "arn:aws:logs:us-west-2:123456789012:log-group:dev-log";
    const AccessLogSettings = { DestinationArn, Format: "$context.path" };
    await aws.apigateway.send(new CreateStageCommand({ ApiId: api.id, StageName: "dev", AccessLogSettings }));
    const { apis } = await read([api]);
    expect(apis[0]?.stages).toMatchObject([
      { StageName: "$default", accessLogGroup: undefined },
      { StageName: "dev", accessLogGroup: "dev-log", archiveBucket: undefined },
    ]);
  });

  test("has each domain with its mappings", async () => {
    const { aws, deploy } = emulated;
    const { id: ApiId } = await deploy.api("mapped", {});
    const CertificateArn = "arn:aws:acm:us-west-2:123456789012:certificate/11111111-2222-3333-4444-555555555555";
    const refs = ["api.example.com", "empty.example.com"].map((id) => ({
      address: `aws_apigatewayv2_domain_name.${id.split(".")[0]}`,
      type: "aws_apigatewayv2_domain_name",
      id,
    }));
    for (const { id: DomainName } of refs) {
      const DomainNameConfigurations = [{ CertificateArn, EndpointType: "REGIONAL" as const }];
      await aws.apigateway.send(new CreateDomainNameCommand({ DomainName, DomainNameConfigurations }));
    }
    const keys = [undefined, "v1", "v1/shop"];
    for (const ApiMappingKey of keys) {
      const mapping = { DomainName: "api.example.com", ApiId, Stage: "$default", ApiMappingKey };
      await aws.apigateway.send(new CreateApiMappingCommand(mapping));
    }
    const { domains } = await read(refs);
    expect(domains.map(({ address, name }) => [address, name])).toEqual(refs.map(({ address, id }) => [address, id]));
    const [first, second] = domains.map(({ mappings }) => mappings);
    expect(first?.map(({ ApiMappingKey }) => ApiMappingKey || undefined)).toEqual(keys);
    expect(first?.[1]).toMatchObject({ ApiId, Stage: "$default", ApiMappingKey: "v1" });
    expect(second).toEqual([]);
    expect((await read([])).domains).toEqual([]);
  });

  test("leaves out resources of every kind that have gone meanwhile", async () => {
    const { aws, deploy } = emulated;
    const fn = await deploy.fn("gone", INDEX);
    const api = await deploy.api("gone", {});
    await aws.lambda.send(new DeleteFunctionCommand({ FunctionName: "gone" }));
    await aws.apigateway.send(new DeleteApiCommand({ ApiId: api.id }));
    const missing = [
      ["aws_apigatewayv2_domain_name", "gone.example.com"],
      ["aws_cloudwatch_event_rule", "gone"],
      ["aws_scheduler_schedule", "default/gone"],
      ["aws_lambda_event_source_mapping", "00000000-0000-0000-0000-000000000000"],
      ["aws_sqs_queue", `${emulated.endpoint}/123456789012/gone`],
      ["aws_dynamodb_table", "gone"],
      ["aws_cloudwatch_metric_alarm", "gone"],
    ].map(([type = "", id = ""]) => ({ address: `${type}.gone`, type, id }));
    const stays = await queue("stays");
    const { queues, ...others } = await read([fn, api, ...missing, stays]);
    expect(queues.map(({ name }) => name)).toEqual(["stays"]);
    for (const found of Object.values(others)) expect(found).toEqual([]);
  });

  test("fails where AWS does, instead of an inventory without a resource that is there", async () => {
    const { aws } = emulated;
    const broken = { ...aws, sqs: { send: () => Promise.reject(new Error("busy")) } as unknown as typeof aws.sqs };
    await expect(readInventory(broken, [await queue("busy")], PLACE)).rejects.toThrow("busy");
  });
});
