/** @sequential Each test goes on from the one before it. */
import { once } from "node:events";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import type { Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { stripVTControlCharacters } from "node:util";
import { DescribeAlarmsCommand } from "@aws-sdk/client-cloudwatch";
import { GetAliasCommand } from "@aws-sdk/client-lambda";
import type { Deployed } from "@local/aws-on-this-machine/start/apply-stacks";
import { refsOf } from "@local/aws-on-this-machine/start/follow/follow-stacks";
import type { LocalSystem } from "@local/aws-on-this-machine/system/local-system";
import { close, listen, serverUrl } from "@local/command-line/server";
import { type Aws, connectAws } from "@local/terraform/aws";
import { systemNames } from "../../../../stacks/names";
import { shareAwsProvider } from "../../aws-provider";
import { AwsProxy } from "../../aws-proxy";
import { Checkout, recordWrites } from "../../checkout";
import { describeE2e } from "../../shared";
import { SharedDeployment } from "../shared-deployment";
import { startSystem } from "../start-system";

const {
  function: { functionName: NAME },
} = systemNames({ environment: "production", region: "us-west-2" });
const RELEASE = '{ "function": { "release": { "mode": "canary", "percent": 10, "minutes": 5 } } }';
const HANDLER = "lambda-src/index.py";
const FIRST_LINE = "    started = time.perf_counter()\n";
const FAILS = `    return {"statusCode": 500}\n${FIRST_LINE}`;

/** A minute of a deployment, in seconds. The local alarms keep the length of their periods. */
const MINUTE_SECONDS = "10";
/** The period of the alarms that roll back. */
const PERIOD_MS = 60_000;

/** Together, they send at most ten requests a second. */
const CLIENTS = 3;
const PAUSE_MS = 300;

// Each test plans twice and applies.
jest.setTimeout(400_000);

describeE2e("a gradual release", () => {
  let folder: string;
  let deployed: Deployed;
  let proxy: AwsProxy;
  let aws: Aws;
  let checkout: Checkout;
  let apiServer: Server;
  let system: LocalSystem;
  /** The folder in which the shared provider looks for the function's code. */
  let providerFolder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "release-"));
    const shown = jest.spyOn(console, "error").mockImplementation();
    // Read by the emulator at its start.
    process.env.EMULATOR_MINUTE_SECONDS = MINUTE_SECONDS;
    try {
      deployed = await (await SharedDeployment.ready()).repeat(folder);
    } finally {
      delete process.env.EMULATOR_MINUTE_SECONDS;
    }
    shown.mockRestore();
    const { deployment, endpoint } = deployed;
    providerFolder = deployment.system.folder;
    aws = connectAws({ endpoint, region: deployment.region });
    proxy = await AwsProxy.start(endpoint);
    await shareAwsProvider({ endpoint: proxy.endpoint, folder: providerFolder });
    checkout = new Checkout(join(folder, "checkout"), proxy.endpoint);
    apiServer = await listen(0, "--port");
    const { environment, system: stack } = deployment;
    system = await startSystem({ endpoint, stack, environment, apiServer });
  });
  afterAll(async () => {
    jest.restoreAllMocks();
    await system?.stop();
    if (apiServer) await close(apiServer);
    await proxy?.stop();
    await deployed?.stop();
    if (folder) rmSync(folder, { recursive: true });
  });

  const serve = async () => system.serve(refsOf((await deployed.deployment.systemState())?.resources));

  async function traffic() {
    const { FunctionVersion: version, RoutingConfig } = await aws.lambda.send(
      new GetAliasCommand({ FunctionName: NAME, Name: "live" }),
    );
    return { version, weights: RoutingConfig?.AdditionalVersionWeights };
  }

  /** Waits for a condition, or for the end of a command that should lead to it. */
  async function until(condition: () => Promise<boolean>, command?: Promise<unknown>): Promise<void> {
    let isEnded = false;
    void command?.finally(() => {
      isEnded = true;
    });
    while (!isEnded && !(await condition())) await setTimeout(50);
  }
  const isShifted = async () => (await traffic()).weights !== undefined;

  /** Clients send requests until the returned function is called. It returns all statuses; 0 is a request without an answer. */
  function sendRequests(): () => Promise<number[]> {
    const url = `${serverUrl(apiServer)}/orders`;
    const statuses: number[] = [];
    let isEnded = false;
    const clients = Array.from({ length: CLIENTS }, async () => {
      while (!isEnded) {
        const answer = fetch(url, { method: "POST", body: "{}" });
        statuses.push(await answer.then(({ status }) => status).catch(() => 0));
        await setTimeout(PAUSE_MS);
      }
    });
    return async () => {
      isEnded = true;
      await Promise.all(clients);
      return statuses;
    };
  }

  /** Plans, checks that the plan replaces nothing, and returns it. */
  async function plan(): Promise<string> {
    const { exitCode, stdout, stderr } = await checkout.run("plan");
    expect([exitCode, stdout, stderr]).toEqual([2, expect.not.stringMatching(/replace/), expect.anything()]);
    const zip = `${NAME}.zip`;
    copyFileSync(join(checkout.plan, zip), join(providerFolder, zip));
    return stdout;
  }

  async function expectNoChanges(): Promise<void> {
    expect(await checkout.run("plan")).toMatchObject({ exitCode: 0, stdout: "No changes.\n" });
  }

  test("is switched on: no request is lost", async () => {
    const end = sendRequests();
    checkout.edit("cdktf.json", '"production": {}', `"production": ${RELEASE}`);
    await plan();
    expect(await checkout.run("apply")).toMatchObject({ exitCode: 0, stderr: expect.stringContaining("is live") });
    await serve();
    expect(await traffic()).toEqual({ version: "1", weights: undefined });
    await expectNoChanges();
    expect(new Set(await end())).toEqual(new Set([200]));
  });

  test("of a version that answers each request with 500 is rolled back by the local alarm within its period", async () => {
    checkout.edit(HANDLER, FIRST_LINE, FAILS);
    await plan();
    const end = sendRequests();
    const applied = checkout.run("apply");
    await until(isShifted, applied);
    const shiftedAt = Date.now();
    expect(await traffic()).toEqual({ version: "1", weights: { "2": 0.1 } });
    await until(async () => !(await isShifted()), applied);
    expect(Date.now() - shiftedAt).toBeLessThan(PERIOD_MS);
    const { exitCode, stderr } = await applied;
    expect([exitCode, stderr.trim().split("\n").at(-1)]).toEqual([
      4,
      expect.stringMatching(
        new RegExp(
          `^Error: ${NAME}: Version 2 was rolled back, and version 1 is live\\. The alarms? .*\\b${NAME}-live-5xx-api\\b.* fires?\\. Read the log: aws logs tail /aws/lambda/${NAME} --since 30m --filter-pattern '\\?ERROR .*'$`,
        ),
      ),
    ]);
    expect(await traffic()).toEqual({ version: "1", weights: undefined });
    await expectNoChanges();
    const statuses = await end();
    expect(new Set(statuses)).toEqual(new Set([200, 500]));
    expect(statuses.filter((status) => status === 200).length / statuses.length).toBeGreaterThanOrEqual(0.9);
  });

  test("of a good version is followed again after Ctrl-C, and ends live", async () => {
    // The alarms look back for minutes.
    const now = Date.now;
    jest.spyOn(Date, "now").mockImplementation(() => now() + 15 * PERIOD_MS);
    checkout.edit(HANDLER, FAILS, FIRST_LINE);
    checkout.edit(HANDLER, "Request processed successfully", "Request processed");
    await plan();
    await until(noAlarm);
    const end = sendRequests();
    const apply = checkout.start("apply", ["ignore", "ignore", "pipe"]);
    let shown = "";
    apply.stderr?.setEncoding("utf8").on("data", (text) => {
      shown += text;
    });
    const ended = once(apply, "close");
    await until(isShifted, ended);
    const { stdout } = await checkout.run("release", "status");
    expect(stdout).toMatch(
      new RegExp(
        `^${NAME}: version 3 gets 10 %, version 1 gets 90 %; the release d-\\w+ is in progress; no alarm fires\n$`,
      ),
    );
    apply.kill("SIGINT");
    expect(await ended).toEqual([130, null]);
    expect(stripVTControlCharacters(shown)).toMatch(
      /CodeDeploy goes on with the release\. Follow it with npm run release; npm run release -- stop ends it /,
    );
    expect(await isShifted()).toBe(true);
    const followed = await checkout.run("release");
    expect([followed.exitCode, followed.stderr]).toEqual([
      0,
      expect.stringMatching(/A release is in progress\..* Version 3 is live\./s),
    ]);
    const late = await checkout.run("release", "stop");
    expect([late.exitCode, late.stderr]).toEqual([
      4,
      expect.stringMatching(/Version 3 is live since .* -- rollback\./),
    ]);
    expect(await checkout.run("apply")).toMatchObject({
      exitCode: 0,
      stderr: expect.stringContaining("Version 3 is live."),
    });
    expect(await traffic()).toEqual({ version: "3", weights: undefined });
    expect(new Set(await end())).toEqual(new Set([200]));
    await expectNoChanges();
  });

  test("is rolled back, begun again and stopped by commands", async () => {
    expect(await checkout.run("release", "rollback")).toMatchObject({ exitCode: 0 });
    expect(await traffic()).toEqual({ version: "1", weights: undefined });
    const end = sendRequests();
    const released = checkout.run("release");
    await until(isShifted, released);
    const stopped = await checkout.run("release", "stop");
    expect([stopped.exitCode, stopped.stderr]).toEqual([
      0,
      expect.stringContaining("The release is stopped. Version 1 is live."),
    ]);
    expect((await released).exitCode).toBe(4);
    expect(await traffic()).toEqual({ version: "1", weights: undefined });
    expect(new Set(await end())).toEqual(new Set([200]));
  });

  test("is switched off: no request is lost, and the newest code answers all", async () => {
    const end = sendRequests();
    const writes = recordWrites(proxy);
    checkout.edit("cdktf.json", RELEASE, "{}");
    expect(await plan()).toContain("version 1 is live, and the newest code (version 3) gets all invocations at once");
    expect(await checkout.run("apply")).toMatchObject({ exitCode: 0 });
    await expectNoChanges();
    await serve();
    expect(new Set(await end())).toEqual(new Set([200]));
    const answer = await fetch(`${serverUrl(apiServer)}/orders`, { method: "POST", body: "{}" });
    expect(await answer.json()).toMatchObject({ message: "Request processed" });
    // The callers of the alias come first: an integration for the API, and a target for the schedule.
    const callers = writes.flatMap((write, index) =>
      /^PATCH .*\/integrations\/|^PutTargets$/.test(write) ? index : [],
    );
    const needed = writes.flatMap((write, index) =>
      /^DELETE .*(\/aliases\/live$|Qualifier=live$)/.test(write) ? index : [],
    );
    expect([callers.length, needed.length]).toEqual([2, 4]);
    expect(Math.max(...callers)).toBeLessThan(Math.min(...needed));
  });

  async function noAlarm(): Promise<boolean> {
    const { MetricAlarms = [] } = await aws.cloudwatch.send(new DescribeAlarmsCommand({ StateValue: "ALARM" }));
    return MetricAlarms.length === 0;
  }
});
