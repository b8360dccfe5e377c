import { mkdtempSync, rmSync } from "node:fs";
import type { Server } from "node:http";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { DescribeRuleResponse } from "@aws-sdk/client-eventbridge";
import type { FunctionConfiguration } from "@aws-sdk/client-lambda";
import { close, listen, serverUrl } from "@local/command-line/server";
import { findPython } from "../../../emulator/python";
import type { CodeSource } from "../../../function/code/code-source";
import { LiveFunction } from "../../../function/live-function";
import { linkLibraries } from "../../../function/sandbox/libraries";
import { HttpGateway, SERVER_OPTIONS } from "../../../gateway/http-gateway";
import { SystemMetrics } from "../../../monitoring/system-metrics";
import type { DeadLetters } from "../../../records/dead-letters";
import type { RequestItems } from "../../../records/request-items";
import { keepApiRuns } from "../../../runs/api-runs";
import { FunctionRuns } from "../../../runs/function-runs";
import { LogBook } from "../../../runs/log-book";
import type { Run, RunSummary } from "../../../runs/run";
import { describeRun } from "../../../runs/run-details";
import { RunStore } from "../../../runs/run-store";
import type { DeployedResources } from "../../../system/deployed-resources";
import { HttpClient } from "../../../system/http-client";
import { summarizeSystem } from "../../../system/summary";
import { DEPLOYED, FUNCTION_ARN } from "../echo-api";
import { FakeLambda } from "../function/fake-lambda";
import { CONFIGURATION, writeFiles } from "../function/small-function";

const RULE_ARN = "arn:aws:events:us-west-2:123456789012:rule/daily";
export const QUEUE_ARN = "arn:aws:sqs:us-west-2:123456789012:letters";

/** Lets the API and the rule invoke the function. */
const POLICY = JSON.stringify({
  Statement: ["apigateway.amazonaws.com", "events.amazonaws.com"].map((Service) => ({
    Effect: "Allow",
    Principal: { Service },
    Action: "lambda:InvokeFunction",
  })),
});

/** A function of a few lines behind an API, whose runs are kept; without AWS. */
export class SmallSystem {
  readonly log = new LogBook((file) => this.live.projectPath(file));
  readonly metrics: SystemMetrics;
  readonly functionRuns: FunctionRuns;
  /** What is told of the runs. */
  readonly told: RunSummary[] = [];
  /** What was sent to a queue. */
  readonly letters: { readonly queueArn: string; readonly message: string }[] = [];
  readonly runs = new RunStore(
    (file) => this.live.projectPath(file),
    (run) => void this.told.push(this.runs.summarize(run)),
  );
  readonly client = new HttpClient();
  /** The rule that runs the function. */
  readonly rule: DescribeRuleResponse = { Name: "daily", Arn: RULE_ARN, State: "ENABLED" };
  readonly live: LiveFunction;
  private readonly deployed: DeployedResources;
  private server: Server | undefined;
  private static readonly started: SmallSystem[] = [];

  private constructor(
    python: string,
    readonly folder: string,
    libraries: string | undefined,
    files: Readonly<Record<string, string>>,
    more: Partial<FunctionConfiguration>,
  ) {
    const configuration = { ...CONFIGURATION, ...more };
    writeFiles(this.version("first"), files);
    const deployedFunction = { configuration, codeFolder: this.version("first") };
    this.live = new LiveFunction(deployedFunction, {
      python,
      libraries,
      awsEnvironment: { PATH: process.env.PATH, HOME: process.env.HOME, AWS_EC2_METADATA_DISABLED: "true" },
      logStreamName: "stream",
      onLog: (entry) => this.log.add(entry),
      lambda: new FakeLambda().client,
      functionName: "small",
      source: { folder: resolve("src") } as CodeSource,
      folder: this.folder,
      onNotice: () => {},
    });
    this.deployed = {
      api: DEPLOYED,
      functionArn: FUNCTION_ARN,
      policy: POLICY,
      functionName: "small",
      schedule: { rule: this.rule, target: { DeadLetterConfig: { Arn: QUEUE_ARN } } },
      invokeConfig: { DestinationConfig: { OnFailure: { Destination: QUEUE_ARN } } },
      alarms: [],
    } as unknown as DeployedResources;
    const { deployed } = this;
    this.metrics = new SystemMetrics(deployed);
    const send = async (queueArn: string, message: string) => void this.letters.push({ queueArn, message });
    this.functionRuns = new FunctionRuns({
      deployed,
      function: this.live,
      runs: this.runs,
      metrics: this.metrics,
      items: { note: () => {} } as unknown as RequestItems,
      deadLetters: { send } as unknown as DeadLetters,
    });
    SmallSystem.started.push(this);
  }

  /** @param files the function's code, or index.py alone */
  static async start(
    files: string | Readonly<Record<string, string>>,
    more: Partial<FunctionConfiguration> = {},
    hasLibraries = false,
  ): Promise<SmallSystem> {
    const all = typeof files === "string" ? { "index.py": files } : files;
    const folder = mkdtempSync(join(tmpdir(), "small-system-"));
    const python = await findPython();
    const libraries = hasLibraries ? await linkLibraries(python, folder) : undefined;
    return new SmallSystem(python, folder, libraries, all, more);
  }

  /** Ends all that were started. */
  static async stopAll(): Promise<void> {
    for (const { server, live, folder } of SmallSystem.started.splice(0)) {
      if (server) await close(server);
      await live.stop();
      rmSync(folder, { recursive: true });
    }
  }

  /** Serves the API; returns its URL. */
  async serve(): Promise<string> {
    const { functionRuns, runs, metrics } = this;
    const items = { note: () => {} } as unknown as RequestItems;
    const gateway = new HttpGateway({
      deployed: DEPLOYED,
      functionArn: FUNCTION_ARN,
      mayInvoke: () => true,
      ...keepApiRuns({ functionRuns, runs, metrics, items, accessLog: undefined, replays: this.client.replays }),
    });
    this.server = await listen(0, "--port", SERVER_OPTIONS);
    gateway.serve(this.server);
    return serverUrl(this.server);
  }

  /** What the console shows of the deployed system. */
  summary() {
    return summarizeSystem(this.deployed, this.live, { url: "http://api", deadLetters: 3 });
  }

  /** All that is known of a run; by default, of the newest. */
  async run(id = this.runs.latest(1)[0]?.id ?? ""): Promise<Run> {
    const record = this.runs.find(id);
    if (!record) throw new Error(`There is no run ${id}`);
    const stored = { item: undefined, archivedIn: undefined };
    return describeRun(record, this.runs.summarize(record), stored, (file) => this.live.projectPath(file));
  }

  /** Goes on with another version of the code. */
  async replace(index: string): Promise<void> {
    const codeFolder = this.version("next");
    writeFiles(codeFolder, { "index.py": index });
    await this.live.runtime.replace({ configuration: this.live.runtime.configuration, codeFolder });
  }

  /** The folder of a version of the code. */
  version(name: string): string {
    return join(this.folder, name);
  }
}
