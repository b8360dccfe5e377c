import { type Inventory, NO_RESOURCES } from "../../../inventory/inventory";
import type { ScheduleResource } from "../../../inventory/schedules/schedules";
import type { ServedFunction } from "../../../system/functions/served-function";
import type { ServedApi } from "../../../system/served-apis";
import { findDeadLetterArns, summarizeApi, summarizeFunction, summarizeSchedule } from "../../../system/summary";

const SCHEDULE = { address: "a", name: "daily", arn: "arn", expression: "rate(1 day)", isEnabled: true };

test("dead-letter queues are those of queues, functions, event sources and schedules", () => {
  const inventory = {
    ...NO_RESOURCES,
    queues: [{ deadLetterArn: "of a queue" }, { deadLetterArn: undefined }],
    functions: [
      { configuration: {}, invokeConfig: { DestinationConfig: { OnFailure: { Destination: "of events" } } } },
      { configuration: { DeadLetterConfig: { TargetArn: "of a function" } } },
    ],
    eventSources: [{ mapping: { DestinationConfig: { OnFailure: { Destination: "of a stream" } } } }, { mapping: {} }],
    schedules: [{ targets: [{ arn: "f" }, { arn: "g", deadLetterArn: "of a target" }] }],
  } as unknown as Inventory;
  expect(findDeadLetterArns(inventory)).toEqual(
    new Set(["of a queue", "of events", "of a function", "of a stream", "of a target"]),
  );
  expect(findDeadLetterArns(NO_RESOURCES)).toEqual(new Set());
});

test("an API has the routes of each stage, as its clients see them", () => {
  const deployed = {
    api: { Name: "shop" },
    stages: [
      { StageName: "$default", accessLogGroup: "log" },
      { StageName: "dev", accessLogGroup: "log", archiveBucket: "bucket" },
    ],
    routes: [{ RouteKey: "GET /pets" }, { RouteKey: "$default" }],
    integrations: [],
  };
  const served = { deployed, url: "http://127.0.0.1:3000" } as unknown as ServedApi;
  expect(summarizeApi(served, () => undefined)).toMatchObject({
    routes: ["GET /pets", "$default", "GET /dev/pets", "ANY /dev/{proxy+}"],
    logGroup: "log",
    archiveBucket: "bucket",
  });
});

test("an API tells which routes have a function or service that runs here", () => {
  const uri = (name: string) => `arn:aws:apigateway:us-west-2:lambda:path/2015-03-31/functions/${name}/invocations`;
  const integrations = [
    { IntegrationType: "AWS_PROXY", IntegrationUri: uri("elsewhere") },
    { IntegrationType: "AWS_PROXY", IntegrationUri: uri("runs") },
    { IntegrationType: "AWS_PROXY", IntegrationSubtype: "SQS-SendMessage" },
    { IntegrationType: "HTTP_PROXY", IntegrationUri: "https://example.com" },
  ].map((each, index) => ({ ...each, IntegrationId: `${index}` }));
  const routes = integrations.map(({ IntegrationId: id }) => ({
    RouteKey: `GET /${id}`,
    Target: `integrations/${id}`,
  }));
  const deployed = { api: {}, stages: [{ StageName: "dev" }], routes, integrations, authorizers: [] };
  const findFunction = (arn: string) => (arn === "runs" ? ({ name: arn } as ServedFunction) : undefined);
  const { runningRoutes } = summarizeApi({ deployed } as unknown as ServedApi, findFunction);
  expect(runningRoutes).toEqual(["GET /dev/1", "GET /dev/2"]);
});

test("a schedule names those of its functions that run here", () => {
  const targets = ["orders", "elsewhere", "mails"].map((arn) => ({ arn }));
  const findFunction = (arn: string) => (arn === "elsewhere" ? undefined : ({ name: arn } as ServedFunction));
  const { arn: _, ...summary } = SCHEDULE;
  expect(summarizeSchedule({ ...SCHEDULE, targets } as ScheduleResource, findFunction)).toEqual({
    ...summary,
    functions: ["orders", "mails"],
  });
});

test("a function's processes are those of all of its versions", () => {
  const runs = (processCount: number, busyCount: number, usedMemoryMb: number) => ({
    runtime: { processCount, busyCount, usedMemoryMb, configuration: {} },
  });
  const versions = { running: [runs(3, 2, 80.2), runs(1, 0, 20)] };
  const fn = { resource: {}, live: runs(2, 1, 70), versions } as unknown as ServedFunction;
  expect(summarizeFunction(fn)).toMatchObject({ processes: 6, busyProcesses: 3, usedMemoryMb: 81 });
});
