import type { Server } from "node:http";
import { basename } from "node:path";
import { makeRunFolder } from "@local/command-line/process/run-folder";
import { beforeShutdown, shutDown } from "@local/command-line/process/shutdown";
import { step } from "@local/command-line/progress";
import { PROJECT_FOLDER } from "@local/command-line/project";
import { listen } from "@local/command-line/server";
import type { Application } from "@local/terraform/application";
import { Deployment, type DeploymentProps } from "@local/terraform/deployment";
import { userEmulator } from "@local/terraform/environment";
import { findTerraform } from "@local/terraform/run/find-terraform";
import { resolveTerraformProviders } from "@local/terraform/run/providers";
import { letTerraformFinish } from "@local/terraform/run/terraform";
import pc from "picocolors";
import { readArchitecture } from "../diagram/architecture";
import { drawArchitecture } from "../diagram/draw";
import { findPython } from "../emulator/python";
import type { CodeSource } from "../function/code/code-source";
import type { DebugPorts } from "../function/debugging/debug-port";
import { openDebugPorts } from "../function/debugging/debugging";
import { SERVER_OPTIONS } from "../gateway/http-gateway";
import { functionSourcesOf } from "../inventory/function-sources";
import type { ResourceRef } from "../inventory/resource-ref";
import type { TestRequest } from "../system/running-system";
import { renderOutputs } from "../terminal/started";
import { applyStacks, type Deployed, synthesizeStacks } from "./apply-stacks";
import { openUserEmulator } from "./emulator-reports";
import { followStacks, refsOf, showBroken } from "./follow/follow-stacks";
import { OutsideApplies } from "./follow/outside-applies";
import { EarlyServing } from "./follow/serve-early";
import { SourceTree } from "./follow/source-tree";
import { StackFollower } from "./follow/stack-follower";
import { deployToNewEmulator, type NewEmulatorProps } from "./new-emulator";
import { sendOnce } from "./once";
import { RECORDINGS } from "./recording";
import { Serving, type ServingTarget } from "./serving";

export interface StartOptions {
  readonly application: Application;
  /** Opens a function's source in a folder. */
  readonly openSource: (folder: string) => CodeSource;
  /** The API's port; 0 for any free one. */
  readonly port: number;
  /** The console's port; 0 for any free one. */
  readonly consolePort: number;
  /**
   * An address of this machine at which others reach the API.
   * @default - only this machine reaches it
   */
  readonly host?: string;
  /**
   * The port of the first function's debugger; 0 for any free one.
   * @default - the functions run without debuggers
   */
  readonly debugPort?: number;
  /** A request to send once in place of running the system. */
  readonly once?: TestRequest;
  /** Whether to deploy even if an earlier deployment is recorded. */
  readonly isFresh: boolean;
  /** Whether each applied resource, and each line of the function's log, is shown. */
  readonly isVerbose: boolean;
}

/**
 * Deploys the system to an AWS emulator on this machine and runs it until Ctrl-C.
 *
 * package.json sets `--heap-growing-percent`. The data of a run is old when the store drops it. By
 * default, V8 lets such garbage take as much memory as the data in use.
 */
export async function start(options: StartOptions): Promise<undefined> {
  const { once } = options;
  const userEndpoint = userEmulator();
  const ports = await openPorts(options);
  const folder = makeRunFolder();
  announceEnd(userEndpoint !== undefined);

  const tools = await findTools(folder);
  const props = { ...options, ...tools, ...ports, folder, userEndpoint };
  if (!once) return runAndFollow(props);
  const deployed = await deploy(props);
  const { system } = await Serving.start(
    props,
    targetOf(deployed, props),
    refsOf((await deployed.deployment.systemState())?.resources),
  );
  process.exitCode = (await sendOnce(system, once)) ? 0 : 1;
  return shutDown();
}

interface RunProps extends StartOptions, Tools {
  readonly folder: string;
  /** The emulator that outlives this process, if there is one. */
  readonly userEndpoint: string | undefined;
  readonly apiServer: Server;
  readonly consoleServer: Server;
  readonly debugPorts: DebugPorts | undefined;
}

/** Serves the system, as soon as an API's parts exist, and applies the stacks after each save. */
async function runAndFollow(props: RunProps): Promise<undefined> {
  let serving: Serving | undefined;
  const follower = new StackFollower({
    source: new SourceTree(PROJECT_FOLDER, props.application.sources),
    onState: (state) => serving?.setState(state),
    onBroken: showBroken,
    onEarlySave: () => console.error(pc.dim("  A save was noticed. It is applied after the first apply.")),
  });
  beforeShutdown(async () => void follower.stop());
  const isKept = props.userEndpoint !== undefined;
  const early = new EarlyServing<Serving>();
  const outside = new OutsideApplies({
    read: () => deployed.deployment.systemStateText(),
    onApplied: async (state) => serving?.follow(refsOf(state?.resources)),
    onNotice: (notice) => console.error(pc.yellow(notice)),
  });
  beforeShutdown(async () => outside.end());
  // One system for all attempts: a failed one goes on with the next.
  const open = async (target: Pick<Deployed, "deployment" | "endpoint">) => {
    const watched = { ...target.deployment.backend(), onWrite: outside.look };
    serving ??= await Serving.open(props, { ...targetOf(target, props), watched });
    return serving;
  };
  const deployed = await deploy(props, (target, parts) =>
    early.take(parts, async (refs, missing) => {
      const opened = await open(target);
      opened.setState({ kind: "applying", message: missing });
      await opened.serve(refs);
      await opened.show(isKept);
      console.log(
        `${pc.yellow(missing)}\n  A request that needs one of them fails, as it does on AWS in this minute.\n`,
      );
      return opened;
    }),
  );
  const readState = () => outside.readOwn();
  const { outputs = {}, resources } = (await readState()) ?? {};
  const refs = refsOf(resources);
  const isShown = (await early.end()) !== undefined;
  const opened = await open(deployed);
  await (isShown ? opened.refresh(refs) : opened.serve(refs));
  opened.setState(undefined);
  if (isShown) console.log(`${renderOutputs(outputs)}\n`);
  else await opened.show(isKept, outputs);
  // A start from a recording needs no Terraform until here.
  await deployed.deployment.system.initOnce();
  const onApplied = (applied: readonly ResourceRef[]) => opened.refresh(applied);
  const applySaved = followStacks({ deployed, isKept, readState, onApplied });
  follower.begin((note) => outside.inTurn(() => applySaved(note)));
  outside.begin();
  return undefined;
}

function targetOf(
  { deployment, endpoint }: Pick<Deployed, "deployment" | "endpoint">,
  { openSource }: StartOptions,
): ServingTarget {
  const { system: stack, region, environment, outputFolder, application } = deployment;
  const findSources = functionSourcesOf(stack);
  return {
    endpoint,
    region,
    environment,
    outputFolder,
    name: basename(stack.folder),
    stackFolder: stack.folder,
    home: PROJECT_FOLDER,
    stackSources: application.sources,
    findSource: (address) => {
      const found = findSources().get(address);
      return found === undefined ? undefined : openSource(found);
    },
    sources: () => findSources().values(),
    drawDiagram: () => drawArchitecture(readArchitecture(stack.configuration())),
  };
}

/** Opens the ports at once: a taken one must fail before minutes of work. */
export async function openPorts({
  port,
  consolePort,
  host,
  debugPort,
}: Pick<StartOptions, "port" | "consolePort" | "host" | "debugPort">) {
  const apiServer = await listen(port, "--port", SERVER_OPTIONS, host);
  const consoleServer = await listen(consolePort, "--console-port");
  const debugPorts = await openDebugPorts(debugPort);
  for (const server of [apiServer, consoleServer]) answerWhileDeploying(server);
  return { apiServer, consoleServer, debugPorts };
}

function answerWhileDeploying(server: Server): void {
  server.on("request", (_request, response) => {
    response.writeHead(503, { "content-type": "application/json", "retry-after": "10" });
    response.end(JSON.stringify({ message: 'npm start is still deploying; try again after "The API answers at".' }));
  });
}

/** Call this after `makeRunFolder`, so that the message follows the removal. */
export function announceEnd(isKept: boolean): void {
  process.on("exit", (code) => {
    if (code === 130) console.error(isKept ? "\nInterrupted." : "\nInterrupted; all of it is removed.");
    if (code === 0) console.error(isKept ? "\nEnded." : "\nEnded and removed.");
  });
}

type Tools = Awaited<ReturnType<typeof findTools>>;

export async function findTools(folder: string) {
  const { version: terraform } = await step("Terraform", (current) => findTerraform(current.setNote));
  const providers = await step("Terraform providers", async (current) => {
    const resolved = await resolveTerraformProviders(folder);
    current.setNote(resolved.summary);
    return resolved;
  });
  const python = await step("Python", (current) => findPython(current.setNote));
  return { terraform, providers, python };
}

/** Deploys the stacks to the user's emulator, or to a new one that ends with this process. */
async function deploy(props: RunProps, onApplied?: NewEmulatorProps["onApplied"]): Promise<Deployed> {
  const { userEndpoint: endpoint, isVerbose: listsResources } = props;
  if (endpoint) return deployToUserEmulator({ ...props, endpoint }, listsResources, onApplied);
  return deployToNewEmulator({ ...props, listsResources, recordings: RECORDINGS, onApplied });
}

async function deployToUserEmulator(
  props: DeploymentProps & { readonly endpoint: string },
  listsResources: boolean,
  onApplied?: NewEmulatorProps["onApplied"],
): Promise<Deployed> {
  const { application, folder, endpoint, providers } = props;
  // Terraform must unlock the state in an emulator that outlives this run.
  const unregister = letTerraformFinish();
  const { whyStuck } = await step("AWS emulator", async (current) => {
    current.setNote(endpoint);
    return openUserEmulator(endpoint);
  });
  const deployment = new Deployment({ application, folder, endpoint, providers });
  await synthesizeStacks(deployment);
  const target = { deployment, endpoint };
  await applyStacks(deployment, { listsResources, whyStuck, onApplied: (parts) => onApplied?.(target, parts) });
  unregister();
  return { deployment, endpoint, record: async () => {}, stop: async () => deployment.stop() };
}
