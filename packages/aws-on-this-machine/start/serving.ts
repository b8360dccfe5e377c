import type { Server } from "node:http";
import { basename, join, relative } from "node:path";
import { setTimeout } from "node:timers/promises";
import { explainFullDisk } from "@local/command-line/process/full-disk";
import { beforeShutdown } from "@local/command-line/process/shutdown";
import { step } from "@local/command-line/progress";
import { PROJECT_FOLDER } from "@local/command-line/project";
import { close, serverUrl, urlsForOthers } from "@local/command-line/server";
import { writeEnvironmentScript } from "@local/terraform/environment";
import { findTerraform } from "@local/terraform/run/find-terraform";
import pc from "picocolors";
import { serveConsole } from "../console/console-server";
import type { CodeSource } from "../function/code/code-source";
import type { DebugPorts } from "../function/debugging/debug-port";
import { installDebugging } from "../function/debugging/debugging";
import type { ResourceRef } from "../inventory/resource-ref";
import { LOCAL_ENV } from "../secrets/local-env";
import type { WatchedObject } from "../system/invoke-server";
import { LocalSystem } from "../system/local-system";
import type { StacksState, SystemSummary } from "../system/running-system";
import { answerWithoutApi } from "../system/served-apis";
import { Feed } from "../terminal/feed";
import { shortId } from "../terminal/run-line";
import { firstRequest, renderDebugPort, renderDomain, renderHint, renderStarted } from "../terminal/started";
import { listenForKeys } from "./keys";

/** The end of the emulator first makes requests fail. Its own line, which comes before this time, says all. */
const NOTICE_MS = 100;

export interface ServingProps {
  readonly python: string;
  /** The run's folder. */
  readonly folder: string;
  readonly apiServer: Server;
  readonly consoleServer: Server;
  readonly debugPorts: DebugPorts | undefined;
  /** Whether each line of the functions' logs is shown. */
  readonly isVerbose: boolean;
  /** A single request, whose answer is shown in place of the runs. */
  readonly once?: object;
}

/** The deployed stack or folder. */
export interface ServingTarget {
  readonly endpoint: string;
  readonly region: string;
  readonly name: string;
  /** The environment variables for Terraform and AWS SDKs. */
  readonly environment: NodeJS.ProcessEnv;
  /** The folder of Terraform's configuration. */
  readonly stackFolder: string;
  /** The folder with the user's `local.env`. */
  readonly home: string;
  /** The folder for the script with the environment. */
  readonly outputFolder: string;
  /** The files and folders whose saves change the deployment, as they are shown. */
  readonly stackSources: readonly string[];
  /** Returns the source of a function by its Terraform address, if it is known. */
  readonly findSource: (address: string) => CodeSource | undefined;
  /** The files and folders of all functions' sources. */
  readonly sources: () => Iterable<string>;
  readonly drawDiagram: () => Promise<string>;
  /** The object with the state. */
  readonly watched?: WatchedObject;
}

/** Serves what is deployed, and finds the sources of its functions. */
export class Serving {
  /** The lines for the user about single resources. */
  private readonly told = new Set<string>();

  private constructor(
    private readonly props: ServingProps,
    private readonly target: ServingTarget,
    readonly system: LocalSystem,
  ) {}

  static async start(props: ServingProps, target: ServingTarget, refs: readonly ResourceRef[]): Promise<Serving> {
    const serving = await Serving.open(props, target);
    await serving.serve(refs);
    return serving;
  }

  static async open(props: ServingProps, target: ServingTarget): Promise<Serving> {
    const { folder, consoleServer, debugPorts, once, isVerbose } = props;
    const urls = urlsOf(props);
    const feed = new Feed(console.log, { isVerbose, hint: (id) => renderHint(urls, id, shortId(id)) });
    const debugging = await installDebugging(debugPorts, props.python);
    let shown: Promise<unknown> = Promise.resolve();
    const onNotice = (notice: string) => {
      const show = () => console.error(pc.yellow(explainFullDisk(notice) ?? notice));
      shown = setTimeout(NOTICE_MS).then(show);
    };
    const local = {
      ...props,
      ...target,
      folder: join(folder, "f"),
      localEnv: join(target.home, LOCAL_ENV),
      debugging,
      onChange: once ? undefined : feed.take,
      onNotice,
    };
    const system = await LocalSystem.open(local);
    beforeShutdown(async () => {
      await system.stop();
      await close(consoleServer);
      await shown;
    });
    return new Serving(props, target, system);
  }

  /** Begins to serve these resources. If that fails, call it again. */
  async serve(refs: readonly ResourceRef[]): Promise<void> {
    await step("Functions and APIs", () => this.system.serve(refs));
    await this.system.goLive();
    // The saved code may differ from that of a recorded deployment.
    this.system.watchSources();
  }

  /** Goes on with these resources after an apply of its own. The deployed code is live at once. */
  async refresh(refs: readonly ResourceRef[]): Promise<void> {
    await this.follow(refs);
    await this.system.goLive();
  }

  /** Goes on with these resources after an apply of others, who may release the deployed code gradually. */
  async follow(refs: readonly ResourceRef[]): Promise<void> {
    await this.system.refresh(refs);
    for (const port of await this.system.findDebugPorts()) this.tell(renderDebugPort(port), console.log);
    const summary = await this.system.summary();
    for (const domain of domainsOf(summary)) this.tell(renderDomain(urlsOf(this.props), domain), console.log);
    this.tellUnserved(summary);
  }

  /** @param state of the stacks' source, if it is not what runs */
  setState(state: StacksState | undefined): void {
    this.system.stacks = state;
  }

  /** Serves the console, and shows the addresses and the keys. */
  async show(isKept: boolean, outputs: Readonly<Record<string, string>> = {}): Promise<void> {
    const { system, target } = this;
    const { apiServer, consoleServer } = this.props;
    // From now on, a signal is the regular end.
    process.exitCode = 0;
    consoleServer.removeAllListeners("request");
    serveConsole(consoleServer, system);
    const environmentScript = join(target.outputFolder, "environment.sh");
    const terraform = await findTerraform();
    writeEnvironmentScript(environmentScript, target.environment, terraform);
    const summary = await system.summary();
    const { apis } = summary;
    if (apis.length === 0) answerWithoutApi(apiServer);
    this.tellUnserved(summary);
    const debugPorts = await system.findDebugPorts();
    for (const port of debugPorts) this.told.add(renderDebugPort(port));
    const [urls, domains] = [urlsOf(this.props), domainsOf(summary)];
    for (const domain of domains) this.told.add(renderDomain(urls, domain));
    const [api] = apis;
    const request = api && firstRequest(api.runningRoutes.length > 0 ? api.runningRoutes : api.routes);
    const startedWith = {
      environmentScript,
      terraform: basename(terraform.path),
      stackFolder: target.stackFolder,
      // A save updates only functions that run here.
      sources: [...new Set(summary.functions.length > 0 ? target.sources() : [])].map((each) =>
        relative(PROJECT_FOLDER, each),
      ),
      stackSources: target.stackSources,
      request,
      domains,
      tokenIssuer: request && system.tokenIssuer(request),
      debugPorts,
      urlsForOthers: urlsForOthers(apiServer),
    };
    console.log(renderStarted(urls, startedWith, outputs));
    listenForKeys(system, urls, isKept);
  }

  private tellUnserved({ unserved, eventSources }: SystemSummary): void {
    const problems = eventSources.flatMap(({ address, problem }) => (problem ? { address, reason: problem } : []));
    for (const { address, reason } of [...unserved, ...problems]) {
      this.tell(`${address} is not served: ${reason.replace(/\.$/, "")}.`, (line) => console.error(pc.yellow(line)));
    }
  }

  /** Shows a line once. */
  private tell(line: string, show: (line: string) => void): void {
    if (!this.told.has(line)) show(line);
    this.told.add(line);
  }
}

function domainsOf({ apis }: Pick<SystemSummary, "apis">): string[] {
  return apis.flatMap(({ domains }) => domains);
}

function urlsOf({ apiServer, consoleServer }: ServingProps) {
  return { api: serverUrl(apiServer), console: serverUrl(consoleServer) };
}
