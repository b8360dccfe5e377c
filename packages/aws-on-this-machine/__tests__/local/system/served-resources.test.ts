import { mkdirSync, writeFileSync } from "node:fs";
import type { Server } from "node:http";
import { join } from "node:path";
import { DeleteRouteCommand, GetRoutesCommand } from "@aws-sdk/client-apigatewayv2";
import { CreateLogGroupCommand, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import {
  CreateAliasCommand,
  CreateEventSourceMappingCommand,
  DeleteAliasCommand,
  InvokeCommand,
  UpdateAliasCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import { CreateQueueCommand, GetQueueAttributesCommand, SendMessageCommand } from "@aws-sdk/client-sqs";
import { close, listen, serverUrl } from "@local/command-line/server";
import type { CodeSource } from "../../../function/code/code-source";
import { SERVER_OPTIONS } from "../../../gateway/http-gateway";
import type { ResourceRef } from "../../../inventory/resource-ref";
import { SystemMetrics } from "../../../monitoring/system-metrics";
import { Destinations } from "../../../records/destinations";
import { FunctionRuns } from "../../../runs/function-runs";
import { RunStore } from "../../../runs/run-store";
import { HttpClient } from "../../../system/http-client";
import { ServedResources } from "../../../system/served-resources";
import { arnOf, PLACE, zipOf } from "../../../testing/deploy";
import { describeWithPython, exists, until } from "../echo-api";
import { Emulated } from "./emulated";

/** Answers with a text and its process. Waits for a gate, which is a file, if the path names one. */
const says = (text: string) => `
import json, os, sys, time
print("loaded ${text}")
def handler(event, context):
    _, kind, *gate = event["rawPath"].split("/")
    print("handles " + kind)
    while kind == "gate" and not os.path.exists(os.path.join(os.environ["GATES"], *gate)):
        time.sleep(0.01)
    return [os.environ.get("TEXT", "${text}"), os.getpid()]
`;

describeWithPython("the served resources", () => {
  let emulated: Emulated;
  let gates: string;
  let apiServer: Server;
  let served: ServedResources;
  let runs: RunStore;
  let sources: Record<string, CodeSource | undefined>;
  /** Each test has functions and APIs of its own. */
  let number = 0;
  let names: Record<"orders" | "mails" | "late", string>;

  beforeAll(async () => {
    emulated = await Emulated.start();
    gates = join(emulated.folder, "gates");
    mkdirSync(gates);
  });
  afterAll(() => emulated?.stop());

  beforeEach(async () => {
    number += 1;
    names = { orders: `orders-${number}`, mails: `mails-${number}`, late: `late-${number}` };
    apiServer = await listen(0, "--port", SERVER_OPTIONS);
    runs = new RunStore(() => {});
    sources = {};
    const { aws, endpoint, python, folder } = emulated;
    const metrics = new SystemMetrics();
    const findFunction = (arn: string) => served.findFunction(arn);
    const onNotice = () => {};
    served = new ServedResources({
      endpoint,
      aws,
      place: PLACE,
      python,
      folder: join(folder, String(number)),
      environment: { PATH: process.env.PATH, HOME: process.env.HOME },
      findSource: (address) => sources[address],
      functionRuns: new FunctionRuns({ runs, metrics, destinations: new Destinations(aws), findFunction, onNotice }),
      metrics,
      runs,
      replays: new HttpClient().replays,
      apiServer,
      onLog: ({ raw }, log) => log.write(raw),
      onNotice,
      isApplying: () => false,
    });
  });
  afterEach(async () => {
    await served?.stop();
    await close(apiServer);
  });

  const Environment = () => ({ Variables: { GATES: gates } });
  async function deployFunction(name: string, text = name, Publish = false): Promise<ResourceRef> {
    const ref = await emulated.deploy.fn(name, says(text), { Environment: Environment(), Publish });
    await emulated.deploy.permit(name, "apigateway.amazonaws.com");
    return ref;
  }

  async function answer(url: string, path: string): Promise<unknown> {
    const response = await fetch(url + path);
    return response.status === 200 ? ((await response.json()) as [string, number])[0] : response.status;
  }

  const open = (gate: string) => writeFileSync(join(gates, gate), "");
  const urls = () => served.apis.all.map(({ url }) => url);
  const waitingAt = (gate: string) =>
    until(() => runs.latest(100).some(({ path, attempts }) => path === `/gate/${gate}` && attempts > 0));

  test("answer two APIs, the first on the given server and the second on a port of its own, with several functions", async () => {
    const { deploy } = emulated;
    const { orders, mails } = names;
    const functions = [await deployFunction(orders), await deployFunction(mails)];
    const apis = [
      await deploy.api("shop", { "GET /orders": orders, $default: mails }),
      await deploy.api("staff", { "GET /mails": mails, "GET /orders": orders }),
    ];
    await served.update([...functions, ...apis]);
    const [shop = "", staff = ""] = urls();
    expect(shop).toBe(serverUrl(apiServer));
    expect(staff).not.toBe(shop);
    const paths = [shop, staff].flatMap((url) => ["/orders", "/mails", "/other"].map((path) => url + path));
    expect(await Promise.all(paths.map((path) => answer(path, "")))).toEqual([
      orders,
      mails,
      mails,
      orders,
      mails,
      404,
    ]);
    const of = new Set(runs.latest(10).map(({ functionName, path }) => `${path} ${functionName}`));
    expect(of).toEqual(new Set([`/orders ${orders}`, `/mails ${mails}`, `/other ${mails}`, "/other undefined"]));
    expect(new Set(runs.latest(10).map(({ id }) => runs.find(id)?.apiAddress))).toEqual(
      new Set(["aws_apigatewayv2_api.shop", "aws_apigatewayv2_api.staff"]),
    );
  });

  test("find a function by its ARN, with a version or an alias", async () => {
    const { orders, mails } = names;
    const refs = [await deployFunction(orders, undefined, true), await deployFunction(mails)];
    const alias = { FunctionName: orders, Name: "live", FunctionVersion: "1" };
    await emulated.aws.lambda.send(new CreateAliasCommand(alias));
    await served.update(refs);
    const found = [
      arnOf(orders),
      `${arnOf(orders)}:$LATEST`,
      `${arnOf(orders)}:7`,
      `${arnOf(orders)}:live`,
      `${arnOf(mails)}:live`,
      arnOf("no"),
    ];
    const all = [orders, orders, orders, orders, undefined, undefined];
    expect(found.map((arn) => served.findFunction(arn)?.name)).toEqual(all);
    await emulated.aws.lambda.send(new DeleteAliasCommand({ FunctionName: orders, Name: "live" }));
    // Its callers, which the apply has changed before, are read again after the functions.
    const find = () => served.findFunction(`${arnOf(orders)}:live`)?.name;
    expect(find()).toBe(orders);
    let whileApisChange: string | undefined;
    const change = jest.spyOn(served.apis, "update").mockImplementation(async () => {
      whileApisChange = find();
      change.mockRestore();
    });
    await served.update(refs);
    expect([whileApisChange, find()]).toEqual([orders, undefined]);
  });

  test("follow an alias's weights to two sets of processes, until it names one version again", async () => {
    const { orders } = names;
    const { lambda } = emulated.aws;
    const ref = await deployFunction(orders, "old", true);
    await lambda.send(new CreateAliasCommand({ FunctionName: orders, Name: "live", FunctionVersion: "1" }));
    await served.update([ref]);
    const live = async () => {
      const event = JSON.stringify({ rawPath: "/next" });
      const { Payload, ExecutedVersion } = await lambda.send(
        new InvokeCommand({ FunctionName: orders, Qualifier: "live", Payload: event }),
      );
      return [ExecutedVersion, JSON.parse(Payload?.transformToString() ?? "")[0]];
    };
    expect(await live()).toEqual(["1", "old"]);
    await lambda.send(
      new UpdateFunctionCodeCommand({ FunctionName: orders, ZipFile: zipOf(says("new")), Publish: true }),
    );
    await served.update([ref]);
    const RoutingConfig = { AdditionalVersionWeights: { "2": 0.5 } };
    expect(await live()).toEqual(["1", "old"]);
    await lambda.send(new UpdateAliasCommand({ FunctionName: orders, Name: "live", RoutingConfig }));
    const seen = new Set<string>();
    for (let sent = 0; sent < 30; sent += 1) seen.add(String(await live()));
    expect([...seen].sort()).toEqual(["1,old", "2,new"]);
    expect(new Set(runs.latest(5).map(({ version }) => version === "1" || version === "2"))).toEqual(new Set([true]));
    const whole = { FunctionVersion: "2", RoutingConfig: { AdditionalVersionWeights: {} } };
    await lambda.send(new UpdateAliasCommand({ FunctionName: orders, Name: "live", ...whole }));
    for (let sent = 0; sent < 5; sent += 1) expect(await live()).toEqual(["2", "new"]);
    await lambda.send(new UpdateFunctionCodeCommand({ FunctionName: orders, ZipFile: zipOf(says("saved")) }));
    await served.update([ref]);
    await served.functions.goLive();
    expect(await live()).toEqual(["3", "saved"]);
  });

  test("let an API invoke those functions alone whose policies allow it", async () => {
    const { deploy } = emulated;
    const { orders, mails } = names;
    const api = await deploy.api("shop", { "GET /orders": orders, "GET /mails": mails });
    const refs = [await deploy.fn(orders, says(orders)), await deploy.fn(mails, says(mails)), api];
    const source = `arn:aws:execute-api:us-west-2:123456789012:${api.id}/*/GET/orders`;
    await deploy.permit(orders, "apigateway.amazonaws.com", source);
    await deploy.permit(mails, "apigateway.amazonaws.com", source);
    await served.update(refs);
    const [url = ""] = urls();
    expect([await answer(url, "/orders"), await answer(url, "/mails")]).toEqual([orders, 500]);
    expect(runs.latest(1)).toMatchObject([{ error: "The function's policy does not let this route invoke it." }]);
    await deploy.route(api.id, "GET /late", mails);
    await deploy.permit(mails, "events.amazonaws.com");
    await served.update(refs);
    expect([await answer(url, "/late"), await answer(url, "/orders")]).toEqual([500, orders]);
    expect(served.findFunction(arnOf(mails))?.mayBeInvokedBy("events.amazonaws.com", "any")).toBe(true);
    expect(served.findFunction(arnOf(orders))?.mayBeInvokedBy("events.amazonaws.com", "any")).toBe(false);
  });

  test("lose no request while functions and routes are added, changed and removed", async () => {
    const { aws, deploy } = emulated;
    const { orders, mails, late } = names;
    const functions = [await deployFunction(orders), await deployFunction(mails)];
    const api = await deploy.api("shop", { "GET /orders": orders, "GET /gate/{name}": mails, "GET /mails": mails });
    await served.update([...functions, api]);
    const [url = ""] = urls();
    let isEnding = false;
    const answers: unknown[] = [];
    const client = async () => {
      while (!isEnding) answers.push(await answer(url, "/orders"));
    };
    const clients = [client(), client(), client()];
    const changed = answer(url, "/gate/changed");
    await waitingAt("changed");

    // Another version of one function, and a further one with a route.
    await aws.lambda.send(new UpdateFunctionCodeCommand({ FunctionName: mails, ZipFile: zipOf(says("new mails")) }));
    await deploy.route(api.id, "GET /late", late);
    functions.push(await deployFunction(late));
    await served.update([...functions, api]);
    expect([await answer(url, "/late"), await answer(url, "/mails")]).toEqual([late, "new mails"]);
    open("changed");
    expect(await changed).toBe(mails);

    // Without a function and its routes.
    const removed = answer(url, "/gate/removed");
    await waitingAt("removed");
    const { Items = [] } = await aws.apigateway.send(new GetRoutesCommand({ ApiId: api.id }));
    for (const { RouteKey = "", RouteId } of Items) {
      if (/gate|mails/.test(RouteKey)) await aws.apigateway.send(new DeleteRouteCommand({ ApiId: api.id, RouteId }));
    }
    await served.update([...functions.filter(({ id }) => id !== mails), api]);
    expect(await answer(url, "/mails")).toBe(404);
    expect(served.findFunction(arnOf(mails))).toBeUndefined();
    open("removed");
    expect(await removed).toBe("new mails");
    isEnding = true;
    await Promise.all(clients);
    expect(answers.length).toBeGreaterThan(10);
    expect(new Set(answers)).toEqual(new Set([orders]));
  });

  test("keep the process of a function that has not changed, and give a changed one its settings", async () => {
    const { aws } = emulated;
    const { orders, mails } = names;
    const refs = [await deployFunction(orders), await deployFunction(mails)];
    const api = await emulated.deploy.api("shop", { "GET /orders": orders, "GET /mails": mails });
    await served.update([...refs, api]);
    const [url = ""] = urls();
    const both = () => Promise.all(["/orders", "/mails"].map(async (path) => (await fetch(url + path)).json()));
    const first = (await both()) as [string, number][];
    const Variables = { ...Environment().Variables, TEXT: "from a variable" };
    await aws.lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: mails, Environment: { Variables } }));
    await served.update([...refs, api]);
    const second = (await both()) as [string, number][];
    expect(second[0]).toEqual(first[0]);
    expect(second[1]?.[0]).toBe("from a variable");
    expect(second[1]?.[1]).not.toBe(first[1]?.[1]);
  });

  test("continue a function with another log group, or another source, after the events under way", async () => {
    const { aws } = emulated;
    const { orders } = names;
    const groups = ["former", "next"].map((name) => `/${orders}/${name}`);
    for (const logGroupName of groups) await aws.logs.send(new CreateLogGroupCommand({ logGroupName }));
    const refs = [await deployFunction(orders), await emulated.deploy.api("shop", { $default: orders })];
    const logTo = (LogGroup?: string) =>
      aws.lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: orders, LoggingConfig: { LogGroup } }));
    await logTo(groups[0]);
    await served.update(refs);
    const [url = ""] = urls();
    const gate = `source-${number}`;
    const under = answer(url, `/gate/${gate}`);
    await waitingAt(gate);
    await logTo(groups[1]);
    await served.update(refs);
    expect(await answer(url, "/next")).toBe(orders);

    sources = { [refs[0]?.address ?? ""]: { folder: join(emulated.folder, "other") } as CodeSource };
    await served.update(refs);
    expect(served.functions.all.find(({ name }) => name === orders)?.live.sourceFolder).toBe(
      join(emulated.folder, "other"),
    );
    expect(await answer(url, "/other")).toBe(orders);
    open(gate);
    expect(await under).toBe(orders);

    await served.stop();
    const read = groups.map((logGroupName) => aws.logs.send(new FilterLogEventsCommand({ logGroupName })));
    const lines = (await Promise.all(read)).map(({ events = [] }) =>
      events.map(({ message = "" }) => message).filter((message) => message.startsWith("handles")),
    );
    expect(lines).toEqual([["handles gate"], ["handles next", "handles other"]]);
  });

  test("give the given server to the first address, whatever the order, and to an API that is renamed", async () => {
    const { deploy } = emulated;
    const { orders } = names;
    const fn = await deployFunction(orders);
    const [shop, staff] = [
      await deploy.api("shop", { $default: orders }),
      await deploy.api("staff", { $default: orders }),
    ];
    await served.update([fn, staff, shop]);
    const addresses = () => served.apis.all.map(({ deployed }) => deployed.address);
    expect(addresses()).toEqual([shop.address, staff.address]);
    const [given, other] = urls();
    expect(given).toBe(serverUrl(apiServer));
    await served.update([fn, staff, { ...shop, address: "aws_apigatewayv2_api.zoo" }]);
    expect(addresses()).toEqual(["aws_apigatewayv2_api.zoo", staff.address]);
    expect(urls()).toEqual([given, other]);
    expect(await answer(given ?? "", "/")).toBe(orders);
    // A new API with an earlier address does not take the place of one that goes on.
    const atelier = await deploy.api("atelier", { $default: orders });
    await served.update([fn, atelier, { ...shop, address: "aws_apigatewayv2_api.zoo" }]);
    expect(addresses()).toEqual(["aws_apigatewayv2_api.zoo", atelier.address]);
    expect(urls()[0]).toBe(given);
  });

  test("close the port of a removed API, answer 404 for the first one, and begin again with it", async () => {
    const { deploy } = emulated;
    const { orders, mails } = names;
    const functions = [await deployFunction(orders), await deployFunction(mails)];
    const shop = await deploy.api("shop", { $default: orders });
    const staff = await deploy.api("staff", { $default: mails });
    await served.update([...functions, shop, staff]);
    const [first = "", second = ""] = urls();
    await served.update([...functions, staff]);
    expect([await answer(first, "/"), await answer(second, "/")]).toEqual([404, mails]);
    expect(urls()).toEqual([second]);
    await served.update([...functions, staff, shop]);
    expect([await answer(first, "/"), await answer(second, "/")]).toEqual([orders, mails]);
    const gate = `api-${number}`;
    const under = answer(second, `/gate/${gate}`);
    await waitingAt(gate);
    const updated = served.update([...functions, shop]);
    open(gate);
    expect(await under).toBe(mails);
    await updated;
    await expect(fetch(second)).rejects.toThrow();
    expect(await answer(first, "/")).toBe(orders);
  });

  test("leave no process at the end, and none of a function that ends", async () => {
    const { orders, mails } = names;
    const refs = [await deployFunction(orders), await deployFunction(mails)];
    const apis = [await emulated.deploy.api("shop", { "GET /orders": orders, $default: mails })];
    await served.update([...refs, ...apis]);
    const [url = ""] = urls();
    const pids = await Promise.all(
      ["/orders", "/mails"].map(async (path) => ((await (await fetch(url + path)).json()) as [string, number])[1]),
    );
    const [first = 0, second = 0] = pids;
    await served.update(refs.slice(0, 1));
    await until(() => !exists(second));
    expect(exists(first)).toBe(true);
    await served.stop();
    await until(() => !exists(first));
  });

  test("do not wait for the busy worker of a queue: not in an update, and not for long at the end, when its message returns", async () => {
    const { aws, deploy } = emulated;
    const { late: QueueName, orders } = names;
    const { QueueUrl } = await aws.sqs.send(
      new CreateQueueCommand({ QueueName, Attributes: { VisibilityTimeout: "300" } }),
    );
    const worker = await deploy.fn(QueueName, "import time\ndef handler(event, context):\n    time.sleep(55)\n");
    const source = { FunctionName: QueueName, EventSourceArn: `arn:aws:sqs:us-west-2:123456789012:${QueueName}` };
    const { UUID: id = "" } = await aws.lambda.send(new CreateEventSourceMappingCommand(source));
    const type = "aws_lambda_event_source_mapping";
    await served.update([worker, { address: `${type}.late`, type, id }]);
    await aws.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "one" }));
    await until(() => runs.latest(1)[0]?.attempts === 1);
    await served.update([worker, await deployFunction(orders)]);
    expect(served.findFunction(arnOf(orders))).toBeDefined();
    expect(runs.latest(1)).toMatchObject([{ functionName: QueueName, outcome: "running" }]);
    await served.stop();
    const read = { QueueUrl, AttributeNames: ["ApproximateNumberOfMessages" as const] };
    const { Attributes } = await aws.sqs.send(new GetQueueAttributesCommand(read));
    expect(Attributes).toEqual({ ApproximateNumberOfMessages: "1" });
  });

  test("go on as before if the deployed resources cannot be read", async () => {
    const { orders } = names;
    const refs = [await deployFunction(orders), await emulated.deploy.api("shop", { $default: orders })];
    await served.update(refs);
    const { sqs } = emulated.aws;
    const reads = jest.spyOn(sqs, "send").mockImplementation(() => Promise.reject(new Error("busy")));
    const queue = { address: "aws_sqs_queue.one", type: "aws_sqs_queue", id: "http://queue/one" };
    await expect(served.update([queue])).rejects.toThrow("busy");
    reads.mockRestore();
    expect(await answer(urls()[0] ?? "", "/")).toBe(orders);
    await served.update(refs);
    expect(served.inventory.functions).toHaveLength(1);
  });
});
