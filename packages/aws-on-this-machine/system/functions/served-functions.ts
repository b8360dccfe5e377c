import { join } from "node:path";
import { GetFunctionConfigurationCommand } from "@aws-sdk/client-lambda";
import type { Aws } from "@local/terraform/aws";
import type { CodeSource } from "../../function/code/code-source";
import { goLive } from "../../function/code/go-live";
import type { DebugPort } from "../../function/debugging/debug-port";
import type { Debugging } from "../../function/debugging/debugging";
import type { LogEntry } from "../../function/invocation";
import { LiveFunction, type LiveFunctionProps } from "../../function/live-function";
import { linkLibraries } from "../../function/sandbox/libraries";
import { type FunctionAlias, type FunctionResource, readRouting } from "../../inventory/functions";
import type { LogStream } from "../../records/log-stream";
import { FunctionVersions } from "./function-versions";
import { type InvokedFunction, ServedFunction } from "./served-function";

export interface ServedFunctionsProps {
  readonly endpoint: string;
  readonly aws: Aws;
  readonly python: string;
  /** A folder for the unpacked code and for the files of the processes. */
  readonly folder: string;
  /** The environment variables for AWS SDKs. */
  readonly environment: NodeJS.ProcessEnv;
  readonly openLog: (logGroup: string) => LogStream;
  readonly logStreamName: string;
  /** Returns the source of a function by its Terraform address, if it is known. */
  readonly findSource: (address: string) => CodeSource | undefined;
  /** The debuggers of the functions, if they have some. */
  readonly debugging?: Debugging;
  readonly onLog: (entry: LogEntry, log: LogStream) => void;
  readonly onNotice: (notice: string) => void;
}

/** The functions that run here. */
export class ServedFunctions {
  private readonly byArn = new Map<string, ServedFunction>();
  /** The functions that another one has replaced. */
  private readonly replaced: ServedFunction[] = [];
  private readonly ending = new Set<ServedFunction>();
  private readonly debugPorts = new Map<string, Promise<DebugPort>>();
  private readonly libraries: Promise<string>;
  private isWatching = false;
  private folders = 0;
  /** One after the other, so that the newest state is the last. */
  private following: Promise<unknown> = Promise.resolve();

  constructor(private readonly props: ServedFunctionsProps) {
    this.libraries = linkLibraries(props.python, props.folder);
    // The first function shows the error to its caller.
    this.libraries.catch(() => {});
  }

  get all(): ServedFunction[] {
    return [...this.byArn.values()];
  }

  /** Finds a function by its ARN, which may have a version or an alias. */
  find(arn: string, version?: string): InvokedFunction | undefined {
    return this.byArn.get(withoutQualifier(arn))?.qualified(arn.split(":")[7], version);
  }

  /** Reads the versions that the aliases of a function name. From now on, its events follow them. */
  followAliases(arn: string): Promise<void> {
    const done = this.following.then(async () => {
      const fn = this.byArn.get(arn);
      if (!fn) return;
      const routing = await readRouting(this.props.aws.lambda, fn.name);
      const { aliases = [] } = fn.resource;
      const existing = routing.map((each) => ({ ...aliases.find(({ name }) => name === each.name), ...each }));
      fn.follow([...existing, ...others(aliases, existing)]);
    });
    this.following = done.catch(() => {});
    return done;
  }

  /** Makes the deployed code live at once. */
  async goLive(): Promise<void> {
    for (const arn of this.byArn.keys()) {
      for (const notice of await goLive(this.props.endpoint, arn)) this.props.onNotice(notice);
    }
  }

  /**
   * Starts and changes functions, so that these run. All others, and deleted aliases, go on until `endOthers`, for those that
   * still call them.
   */
  async update(resources: readonly FunctionResource[]): Promise<void> {
    await Promise.all(resources.map((resource) => this.updateOne(resource)));
    // They open in any order.
    for (const { arn } of resources) {
      const fn = this.byArn.get(arn);
      this.byArn.delete(arn);
      if (fn) this.byArn.set(arn, fn);
    }
  }

  /** Ends all functions and aliases but these. Does not wait for their events, which go on. */
  endOthers(resources: readonly FunctionResource[]): void {
    for (const { arn, aliases = [] } of resources) {
      const fn = this.byArn.get(arn);
      const followed = fn?.resource.aliases ?? [];
      fn?.follow(followed.filter(({ name }) => aliases.some((each) => each.name === name)));
    }
    const arns = new Set(resources.map(({ arn }) => arn));
    const gone = this.all.filter(({ arn }) => !arns.has(arn));
    for (const { arn } of gone) this.byArn.delete(arn);
    for (const fn of [...gone, ...this.replaced.splice(0)]) {
      this.ending.add(fn);
      void fn.end().finally(() => this.ending.delete(fn));
    }
  }

  /** The ports of the functions' debuggers, by the functions' names. */
  async findDebugPorts(): Promise<readonly (readonly [functionName: string, port: number])[]> {
    return Promise.all([...this.debugPorts].map(async ([name, opened]) => [name, (await opened).port] as const));
  }

  /** Watches the sources. From now on, the saved code handles the next event. */
  watchSources(): void {
    this.isWatching = true;
    for (const { live } of this.all) live.watchSource();
  }

  async stop(): Promise<void> {
    this.props.debugging?.ports.close();
    await Promise.all([...this.all, ...this.replaced, ...this.ending].map((fn) => fn.stop()));
  }

  /** A function keeps its port when another source takes its place. */
  private async debuggerOf({ name }: FunctionResource, source: CodeSource | undefined) {
    const { debugging } = this.props;
    if (!debugging) return undefined;
    const opened = this.debugPorts.get(name) ?? debugging.ports.next();
    this.debugPorts.set(name, opened);
    return { port: await opened, packages: debugging.packages, source: source?.folder };
  }

  private async updateOne(resource: FunctionResource): Promise<void> {
    const { aws, endpoint, python, environment, openLog, logStreamName, findSource, onLog, onNotice } = this.props;
    const source = findSource(resource.address);
    const known = this.byArn.get(resource.arn);
    if (known?.live.sourceFolder === source?.folder && known?.resource.logGroup === resource.logGroup) {
      const { aliases = [] } = resource;
      known.resource = { ...resource, aliases: [...aliases, ...others(known.resource.aliases ?? [], aliases)] };
      await known.live.redeploy(resource);
      return this.followAliasesOf(resource);
    }
    const log = openLog(resource.logGroup);
    const all: LiveFunctionProps = {
      lambda: aws.lambda,
      functionName: resource.name,
      source: undefined,
      folder: this.newFolder(),
      libraries: await this.libraries,
      python,
      awsEnvironment: environment,
      logStreamName,
      onLog: (entry) => onLog(entry, log),
      onNotice,
    };
    const debug = await this.debuggerOf(resource, source);
    const live = await LiveFunction.open({
      ...{ ...all, source, debugger: debug },
      goLive: () => goLive(endpoint, resource.arn),
    });
    const versions = new FunctionVersions({
      latest: live,
      read: (Qualifier) =>
        aws.lambda.send(new GetFunctionConfigurationCommand({ FunctionName: resource.name, Qualifier })),
      open: (version) => LiveFunction.open({ ...all, folder: this.newFolder(), version }),
    });
    if (known) this.replaced.push(known);
    this.byArn.set(resource.arn, new ServedFunction(resource, live, log, versions));
    if (this.isWatching) live.watchSource();
    await this.followAliasesOf(resource);
  }

  /** They may have changed since they were read. */
  private async followAliasesOf({ arn, aliases = [] }: FunctionResource): Promise<void> {
    if (aliases.length > 0) await this.followAliases(arn);
  }

  private newFolder(): string {
    this.folders += 1;
    // Short: multiprocessing makes sockets below it.
    return join(this.props.folder, this.folders.toString(36));
  }
}

function others(aliases: readonly FunctionAlias[], these: readonly { readonly name: string }[]): FunctionAlias[] {
  return aliases.filter(({ name }) => !these.some((each) => each.name === name));
}

function withoutQualifier(arn: string): string {
  return arn.split(":").slice(0, 7).join(":");
}
