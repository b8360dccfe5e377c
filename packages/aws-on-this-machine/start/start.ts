import type { Server } from "node:http";
import { basename, join, relative } from "node:path";
import { makeRunFolder } from "@local/command-line/process/run-folder";
import { beforeShutdown, shutDown } from "@local/command-line/process/shutdown";
import { step } from "@local/command-line/progress";
import { PROJECT_FOLDER } from "@local/command-line/project";
import { close, listen, serverUrl } from "@local/command-line/server";
import type { Application } from "@local/terraform/application";
import { Deployment, type DeploymentProps } from "@local/terraform/deployment";
import { requireEmulator, userEmulator, writeEnvironmentScript } from "@local/terraform/environment";
import { findTerraform } from "@local/terraform/run/find-terraform";
import { resolveTerraformProviders } from "@local/terraform/run/providers";
import { letTerraformFinish } from "@local/terraform/run/terraform";
import pc from "picocolors";
import { serveConsole } from "../console/console-server";
import { readArchitecture } from "../diagram/architecture";
import { drawArchitecture } from "../diagram/draw";
import { findPython } from "../emulator/python";
import type { CodeSource } from "../function/code/code-source";
import { SERVER_OPTIONS } from "../gateway/http-gateway";
import { LocalSystem } from "../system/local-system";
import type { TestRequest } from "../system/running-system";
import { Feed } from "../terminal/feed";
import { shortId } from "../terminal/run-line";
import { FIRST_REQUEST, renderHint, renderStarted } from "../terminal/started";
import { applyStacks, type Deployed, synthesizeStacks } from "./apply-stacks";
import { watchUserEmulator } from "./emulator-reports";
import { listenForKeys } from "./keys";
import { deployToNewEmulator } from "./new-emulator";
import { sendOnce } from "./once";
import { RECORDINGS } from "./recording";

export interface StartOptions {
  readonly application: Application;
  /** The source of the function. */
  readonly source: CodeSource;
  /** The API's port; 0 for any free one. */
  readonly port: number;
  /** The console's port; 0 for any free one. */
  readonly consolePort: number;
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
  const endpoint = userEmulator();
  // A taken port must fail before minutes of work.
  const apiServer = await listen(options.port, "--port", SERVER_OPTIONS);
  const consoleServer = await listen(options.consolePort, "--console-port");
  for (const server of [apiServer, consoleServer]) answerWhileDeploying(server);
  const folder = makeRunFolder();
  announceEnd(endpoint !== undefined);

  const { deployment, endpoint: deployedTo, python } = await deploy(options, folder, endpoint);
  const urls = { api: serverUrl(apiServer), console: serverUrl(consoleServer) };
  const feed = new Feed(console.log, { isVerbose: options.isVerbose, hint: (id) => renderHint(urls, id, shortId(id)) });
  const stack = deployment.system;
  const system = await step("Function and API", () =>
    LocalSystem.start({
      endpoint: deployedTo,
      region: deployment.region,
      stack,
      environment: deployment.environment,
      python,
      folder: join(folder, "f"),
      source: options.source,
      apiServer,
      drawDiagram: () => drawArchitecture(readArchitecture(stack.configuration())),
      onChange: options.once ? undefined : feed.take,
      onNotice: (notice) => console.error(pc.yellow(notice)),
    }),
  );
  beforeShutdown(async () => {
    await system.stop();
    await close(consoleServer);
  });
  // The saved code may differ from that of a recorded deployment.
  system.watchSource();
  if (options.once) {
    process.exitCode = (await sendOnce(system, options.once)) ? 0 : 1;
    return shutDown();
  }
  // From now on, a signal is the regular end.
  process.exitCode = 0;
  consoleServer.removeAllListeners("request");
  serveConsole(consoleServer, system);

  const environmentScript = join(deployment.outputFolder, "environment.sh");
  const terraform = await findTerraform();
  writeEnvironmentScript(environmentScript, deployment.environment, terraform);
  const startedWith = {
    environmentScript,
    terraform: basename(terraform.path),
    stackFolder: stack.folder,
    source: relative(PROJECT_FOLDER, options.source.folder),
    tokenIssuer: system.tokenIssuer(FIRST_REQUEST),
  };
  console.log(renderStarted(urls, startedWith, system.outputs));
  listenForKeys(system, urls, endpoint !== undefined);
  return undefined;
}

function answerWhileDeploying(server: Server): void {
  server.on("request", (_request, response) => {
    response.writeHead(503, { "content-type": "application/json", "retry-after": "10" });
    response.end(JSON.stringify({ message: 'npm start is still deploying; try again after "The API answers at".' }));
  });
}

/** Call this after `makeRunFolder`, so that the message follows the removal. */
function announceEnd(isKept: boolean): void {
  process.on("exit", (code) => {
    if (code === 130) console.error(isKept ? "\nInterrupted." : "\nInterrupted; all of it is removed.");
    if (code === 0) console.error(isKept ? "\nEnded." : "\nEnded and removed.");
  });
}

/** Deploys the stacks to the user's emulator, or to a new one that ends with this process. */
async function deploy(options: StartOptions, folder: string, userEndpoint: string | undefined) {
  const { application, isFresh, isVerbose: listsResources } = options;
  const { version: terraform } = await step("Terraform", (current) => findTerraform(current.setNote));
  const providers = await step("Terraform providers", async (current) => {
    const resolved = await resolveTerraformProviders(folder);
    current.setNote(resolved.summary);
    return resolved;
  });
  const python = await step("Python", (current) => findPython(current.setNote));
  if (userEndpoint) {
    const deployed = await deployToUserEmulator(
      { application, folder, endpoint: userEndpoint, providers },
      listsResources,
    );
    return { ...deployed, python };
  }
  const props = {
    application,
    folder,
    python,
    providers,
    terraform,
    isFresh,
    listsResources,
    recordings: RECORDINGS,
  };
  return { ...(await deployToNewEmulator(props)), python };
}

async function deployToUserEmulator(
  props: DeploymentProps & { readonly endpoint: string },
  listsResources: boolean,
): Promise<Deployed> {
  const { endpoint } = props;
  // Terraform must unlock the state in an emulator that outlives this run.
  const unregister = letTerraformFinish();
  await step("AWS emulator", async (current) => {
    await requireEmulator(endpoint);
    current.setNote(endpoint);
  });
  const unwatch = watchUserEmulator(endpoint, (notice) => console.error(pc.yellow(notice)));
  beforeShutdown(async () => unwatch());
  const deployment = new Deployment(props);
  await synthesizeStacks(deployment);
  const whyStuck = () => `The terminal or log of the emulator at ${endpoint} may say why.`;
  await applyStacks(deployment, { listsResources, whyStuck });
  unregister();
  return { deployment, endpoint, stop: async () => deployment.stop() };
}
