import { mkdtempSync, rmSync } from "node:fs";
import type { Server } from "node:http";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { FunctionConfiguration, FunctionEventInvokeConfig } from "@aws-sdk/client-lambda";
import { close, listen, serverUrl } from "@local/command-line/server";
import { findPython } from "../../../emulator/python";
import type { CodeSource } from "../../../function/code/code-source";
import { LiveFunction } from "../../../function/live-function";
import { linkLibraries } from "../../../function/sandbox/libraries";
import { HttpGateway, SERVER_OPTIONS } from "../../../gateway/http-gateway";
import type { ScheduleResource, ScheduleTarget } from "../../../inventory/schedules/schedules";
import { SystemMetrics } from "../../../monitoring/system-metrics";
import type { Destinations } from "../../../records/destinations";
import type { LogStream } from "../../../records/log-stream";
import { keepApiRuns } from "../../../runs/api-runs";
import { FunctionRuns } from "../../../runs/function-runs";
import { LogBook } from "../../../runs/log-book";
import type { Run, RunSummary } from "../../../runs/run";
import { describeRun } from "../../../runs/run-details";
import { RunStore } from "../../../runs/run-store";
import { FunctionVersions } from "../../../system/functions/function-versions";
import { ServedFunction } from "../../../system/functions/served-function";
import { HttpClient } from "../../../system/http-client";
import { summarizeFunction } from "../../../system/summary";
import { DEPLOYED, FUNCTION_ARN } from "../echo-api";
import { FakeLambda } from "../function/fake-lambda";
import { CONFIGURATION, writeFiles } from "../function/small-function";

const RULE_ARN = "arn:aws:events:us-west-2:123456789012:rule/daily";
export const QUEUE_ARN = "arn:aws:sqs:us-west-2:123456789012:letters";

/** Lets APIs and rules invoke the function. */
const POLICY = JSON.stringify({
  Statement: ["apigateway.amazonaws.com", "events.amazonaws.com"].map((Service) => ({
    Effect: "Allow",
    Principal: { Service },
    Action: "lambda:InvokeFunction",
  })),
});

/** The rule that runs the function. */
export const RULE: ScheduleResource = {
  address: "aws_cloudwatch_event_rule.daily",
  name: "daily",
  arn: RULE_ARN,
  expression: "rate(1 day)",
  isEnabled: true,
  service: "events.amazonaws.com",
  targets: [],
};
export const TARGET: ScheduleTarget = { arn: FUNCTION_ARN };

interface Options {
  readonly configuration?: Partial<FunctionConfiguration>;
  /** By default, a failed event goes to the queue. */
  readonly invokeConfig?: FunctionEventInvokeConfig;
  readonly hasLibraries?: boolean;
}

/** A function of a few lines behind an API, whose runs are kept; without AWS. */
export class SmallSystem {
  readonly log = new LogBook();
  readonly metrics = new SystemMetrics();
  readonly functionRuns: FunctionRuns;
  /** The summaries that a listener gets. */
  readonly told: RunSummary[] = [];
  /** The messages to destinations. */
  readonly letters: {
    readonly arn: string;
    readonly message: string;
    readonly attributes?: Readonly<Record<string, string>>;
  }[] = [];
  /** The ARNs of destinations that take no message. */
  readonly refusing: string[] = [];
  readonly notices: string[] = [];
  /** The functions that have replaced others, by their ARNs. */
  readonly replacements = new Map<string, ServedFunction>();
  readonly runs = new RunStore((run) => void this.told.push(this.runs.summarize(run)));
  readonly client = new HttpClient();
  readonly fn: ServedFunction;
  readonly live: LiveFunction;
  private server: Server | undefined;
  private static readonly started: SmallSystem[] = [];

  private constructor(
    python: string,
    readonly folder: string,
    libraries: string | undefined,
    files: Readonly<Record<string, string>>,
    { configuration: more, invokeConfig = { DestinationConfig: { OnFailure: { Destination: QUEUE_ARN } } } }: Options,
  ) {
    const configuration = { ...CONFIGURATION, ...more };
    const name = configuration.FunctionName;
    writeFiles(this.version("first"), files);
    const deployedFunction = { configuration, codeFolder: this.version("first"), source: "src" };
    this.live = new LiveFunction(deployedFunction, {
      python,
      libraries,
      awsEnvironment: { PATH: process.env.PATH, HOME: process.env.HOME, AWS_EC2_METADATA_DISABLED: "true" },
      logStreamName: "stream",
      onLog: (entry) => this.log.add(entry),
      lambda: new FakeLambda().client,
      functionName: name,
      source: { folder: resolve("src") } as CodeSource,
      folder: this.folder,
      onNotice: () => {},
    });
    const address = `aws_lambda_function.${name}`;
    const resource = { address, name, arn: configuration.FunctionArn, configuration, logGroup: `/aws/lambda/${name}` };
    const log = { write: () => {}, flush: async () => {} } as unknown as LogStream;
    const versions = new FunctionVersions({
      latest: this.live,
      read: async (Version) => ({ ...configuration, Version }),
      open: () => Promise.reject(new Error("It has no other version")),
    });
    this.fn = new ServedFunction({ ...resource, policy: POLICY, invokeConfig }, this.live, log, versions);
    const send: Destinations["send"] = async (...[arn, message, attributes]) => {
      if (this.refusing.includes(arn)) throw new Error("There is no such queue");
      this.letters.push({ arn, message, attributes });
    };
    const destinations = { send } as Destinations;
    this.functionRuns = new FunctionRuns({
      runs: this.runs,
      metrics: this.metrics,
      destinations,
      findFunction: (arn) => this.replacements.get(arn),
      onNotice: (notice) => this.notices.push(notice),
    });
    SmallSystem.started.push(this);
  }

  /** @param files the function's code, or index.py alone */
  static async start(files: string | Readonly<Record<string, string>>, options: Options = {}): Promise<SmallSystem> {
    const all = typeof files === "string" ? { "index.py": files } : files;
    const folder = mkdtempSync(join(tmpdir(), "small-system-"));
    const python = await findPython();
    const libraries = options.hasLibraries ? await linkLibraries(python, folder) : undefined;
    return new SmallSystem(python, folder, libraries, all, options);
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
    const { functionRuns, runs, metrics, fn } = this;
    const findFunction = (arn: string) => (arn === FUNCTION_ARN ? fn : undefined);
    const rest = { deployed: DEPLOYED, accessLogs: new Map(), replays: this.client.replays };
    this.server = await listen(0, "--port", SERVER_OPTIONS);
    new HttpGateway(
      keepApiRuns({
        endpoint: "http://127.0.0.1:1",
        functionRuns,
        runs,
        metrics,
        findFunction,
        ...rest,
      }),
    ).serve(this.server);
    return serverUrl(this.server);
  }

  /** The function, as the console shows it. */
  summary() {
    return summarizeFunction(this.fn);
  }

  /** A run with all its parts; by default, the newest. */
  async run(id = this.runs.latest(1)[0]?.id ?? ""): Promise<Run> {
    const record = this.runs.find(id);
    if (!record) throw new Error(`There is no run ${id}`);
    return describeRun(record, this.runs.summarize(record), { items: [], archivedIn: undefined });
  }

  /** Goes on with another version of the code. */
  async replace(index: string): Promise<void> {
    const codeFolder = this.version("next");
    writeFiles(codeFolder, { "index.py": index });
    await this.live.runtime.replace({ configuration: this.live.runtime.configuration, codeFolder, source: "src" });
  }

  /** The folder of a version of the code. */
  version(name: string): string {
    return join(this.folder, name);
  }
}
