import type { Server } from "node:http";
import { basename, join } from "node:path";
import { setFlagsFromString } from "node:v8";
import pc from "picocolors";
import { listenToKeys } from "./cli/keys";
import { DEFAULT_PORT, goOffline, MAX_PORT, parseOptions, parsePort } from "./cli/options";
import { step } from "./cli/progress";
import { PROJECT_FOLDER } from "./cli/project";
import { runCommand } from "./cli/run-command";
import { makeRunFolder } from "./cli/run-folder";
import { close, listen, serverUrl } from "./cli/server";
import { beforeShutdown, shutDown } from "./cli/shutdown";
import { openInBrowser } from "./cli/terminal/open-in-browser";
import { UserError } from "./cli/user-error";
import { readArchitecture } from "./diagram/architecture";
import { drawArchitecture } from "./diagram/draw";
import { requireEmulator, userEmulator, writeEnvironmentScript } from "./emulator/environment";
import { findPython } from "./emulator/python";
import { jsonOrText } from "./local-system/client/json-or-text";
import { serveConsole } from "./local-system/console/console-server";
import { SERVER_OPTIONS } from "./local-system/gateway/http-gateway";
import { LocalSystem } from "./local-system/local-system";
import { KEPT, type TestRequest } from "./local-system/system";
import { Feed } from "./local-system/terminal/feed";
import { shortId } from "./local-system/terminal/run-line";
import { FIRST_REQUEST, renderHint, renderRefusal, renderStarted, type Urls } from "./local-system/terminal/started";
import { renderArchivedLog, renderItems, renderRuns } from "./local-system/terminal/tables";
import { applyStacks, type Deployed, synthesizeStacks } from "./start/apply-stacks";
import { watchUserEmulator } from "./start/emulator-reports";
import { deployToNewEmulator } from "./start/new-emulator";
import { RECORDINGS } from "./start/recording";
import { Deployment } from "./terraform/deployment";
import { findTerraform } from "./terraform/find-terraform";
import { resolveTerraformProviders, type TerraformProviders } from "./terraform/providers";
import { letTerraformFinish } from "./terraform/terraform";

const SHOWN = 20;

// What is kept of a run is old when it goes, and V8 by itself lets such garbage fill as much memory as is in use. Collected
// earlier, it takes a tenth of that, and ten thousand requests as much memory as five thousand.
setFlagsFromString("--heap-growing-percent=10");

/** `npm start`: deploys the system to an AWS emulator on this machine and runs it until Ctrl-C. */
async function main(args: string[]): Promise<undefined> {
  const options = readOptions(args);
  const endpoint = userEmulator();
  // A taken port must fail before minutes of work.
  const apiServer = await listen(options.port, "--port", SERVER_OPTIONS);
  const consoleServer = await listen(options.consolePort, "--console-port");
  for (const server of [apiServer, consoleServer]) answerWhileDeploying(server);
  const folder = makeRunFolder();
  announceEnd(endpoint !== undefined);

  const { deployment, endpoint: deployedTo, python } = await deploy(folder, endpoint, options);
  const urls = { api: serverUrl(apiServer), console: serverUrl(consoleServer) };
  const feed = new Feed(console.log, { isVerbose: options.isVerbose, hint: (id) => renderHint(urls, id, shortId(id)) });
  const stack = deployment.stack("serverless-infrastructure");
  const system = await step("Function and API", () =>
    LocalSystem.start({
      endpoint: deployedTo,
      region: deployment.region,
      stack,
      environment: deployment.environment,
      python,
      folder: join(folder, "f"),
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
  // A recorded deployment may have other code than what is saved.
  system.watchSource(join(PROJECT_FOLDER, "lambda-src"));
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
    tokenIssuer: system.tokenIssuer(FIRST_REQUEST),
  };
  console.log(renderStarted(urls, startedWith, system.outputs));
  listenForKeys(system, urls, endpoint !== undefined);
  return undefined;
}

function readOptions(args: string[]) {
  const { values } = parseOptions(args, {
    port: { type: "string" },
    "console-port": { type: "string" },
    once: { type: "string" },
    header: { type: "string", multiple: true, default: [] },
    fresh: { type: "boolean", default: false },
    verbose: { type: "boolean", default: false },
    offline: { type: "boolean" },
  });
  if (values.offline) goOffline();
  if (values.header.length > 0 && values.once === undefined) throw new UserError("--header needs --once.");
  const once = values.once === undefined ? undefined : parseRequest(values.once, values.header);
  // Nobody needs to know the port for a single request.
  const port = parsePort("--port", values.port ?? String(once ? 0 : DEFAULT_PORT));
  if (port === MAX_PORT && !values["console-port"]) {
    throw new UserError(`--port is ${port}, after which there is none for the console; name one with --console-port.`);
  }
  const consolePort = parsePort("--console-port", values["console-port"] ?? String(port && port + 1));
  return { port, consolePort, once, isFresh: values.fresh, isVerbose: values.verbose };
}

function parseRequest(text: string, headerTexts: readonly string[]): TestRequest {
  const [, method, path, body] = /^([A-Z]+) (\/\S*)(?: (.+))?$/s.exec(text) ?? [];
  if (!method || !path) {
    throw new UserError(`--once is ${text}; use METHOD /path body, such as 'POST /orders {"a":1}'.`);
  }
  if (body && (method === "GET" || method === "HEAD")) throw new UserError(`--once: a ${method} request has no body.`);
  const headers = { ...(body ? { "content-type": "application/json" } : {}), ...parseHeaders(headerTexts) };
  return { method, path, headers, body };
}

function parseHeaders(texts: readonly string[]): Record<string, string> {
  const pairs = texts.map((text) => {
    const [, name = "", value = ""] = /^([\w-]+): *([\x20-\x7e]+)$/.exec(text) ?? [];
    if (!name) throw new UserError(`--header is ${text}; use 'name: value', such as 'authorization: Bearer <token>'.`);
    return [name.toLowerCase(), value];
  });
  return Object.fromEntries(pairs);
}

function answerWhileDeploying(server: Server): void {
  server.on("request", (_request, response) => {
    response.writeHead(503, { "content-type": "application/json", "retry-after": "10" });
    response.end(JSON.stringify({ message: 'npm start is still deploying; try again after "The API answers at".' }));
  });
}

/** To be called after `makeRunFolder`, so that the message follows the removal. */
function announceEnd(isKept: boolean): void {
  process.on("exit", (code) => {
    if (code === 130) console.error(isKept ? "\nInterrupted." : "\nInterrupted; all of it is removed.");
    if (code === 0) console.error(isKept ? "\nEnded." : "\nEnded and removed.");
  });
}

/** Deploys the stacks to the user's emulator, or to a new one that ends with this process. */
async function deploy(
  folder: string,
  userEndpoint: string | undefined,
  { isFresh, isVerbose }: { readonly isFresh: boolean; readonly isVerbose: boolean },
) {
  const { version: terraform } = await step("Terraform", (current) => findTerraform(current.setNote));
  const providers = await step("Terraform providers", async (current) => {
    const resolved = await resolveTerraformProviders(folder);
    current.setNote(resolved.summary);
    return resolved;
  });
  const python = await step("Python", (current) => findPython(current.setNote));
  if (userEndpoint) return { ...(await deployToUserEmulator(folder, userEndpoint, providers, isVerbose)), python };
  const props = { folder, python, providers, terraform, isFresh, listsResources: isVerbose, recordings: RECORDINGS };
  return { ...(await deployToNewEmulator(props)), python };
}

async function deployToUserEmulator(
  folder: string,
  endpoint: string,
  providers: TerraformProviders,
  listsResources: boolean,
): Promise<Deployed> {
  // Terraform must unlock the state in an emulator that outlives this run.
  const unregister = letTerraformFinish();
  await step("AWS emulator", async (current) => {
    await requireEmulator(endpoint);
    current.setNote(endpoint);
  });
  const unwatch = watchUserEmulator(endpoint, (notice) => console.error(pc.yellow(notice)));
  beforeShutdown(async () => unwatch());
  const deployment = new Deployment({ folder, endpoint, providers });
  await synthesizeStacks(deployment);
  const whyStuck = () => `The terminal or log of the emulator at ${endpoint} may say why.`;
  await applyStacks(deployment, { listsResources, whyStuck });
  unregister();
  return { deployment, endpoint, stop: async () => deployment.stop() };
}

/** Sends a request, and prints the answer and the item as JSON. Returns false after an error or without an item. */
async function sendOnce(system: LocalSystem, request: TestRequest): Promise<boolean> {
  const answer = await system.send(request);
  const item = await system.item(answer.requestId);
  console.log(JSON.stringify({ answer: { ...answer, body: jsonOrText(answer.body) }, item: item ?? null }, null, 2));
  if (answer.status < 400 && item) return true;
  console.error(renderRefusal(request, answer.status, system.runs(1)[0]?.error));
  return false;
}

function listenForKeys(system: LocalSystem, urls: Urls, isKept: boolean): void {
  const act = (action: () => Promise<string | undefined>) => () =>
    void action().then(
      (text) => text !== undefined && console.log(text),
      (error: Error) => console.error(pc.red(error.message)),
    );
  const table = (action: () => Promise<string>) => act(async () => `\n${await action()}\n`);
  const isListening = listenToKeys({
    // Its run is shown like any other.
    s: { does: "fires the schedule", run: act(async () => (await system.fireSchedule()).notice) },
    r: { does: "shows the last requests and other runs", run: table(async () => renderRuns(system.runs(SHOWN))) },
    i: { does: "shows the last items", run: table(async () => renderItems(await system.items(SHOWN))) },
    l: { does: "shows the newest lines of the log archive", run: table(() => showArchivedLog(system)) },
    o: { does: "opens the console in the browser", run: act(() => openConsole(urls)) },
    q: {
      does: isKept
        ? "ends this, as does Ctrl-C; what was deployed stays in the emulator"
        : "ends the emulator, as does Ctrl-C, and removes all of it",
      run: () => void shutDown(),
    },
  });
  const keys = "s schedule, r requests, i items, l log archive, o console, q end, ? more";
  console.log(isListening ? `\n${pc.bold("Keys")}  ${keys}\n` : "\nCtrl-C ends this.\n");
}

async function showArchivedLog(system: LocalSystem): Promise<string> {
  const log = await system.archivedLog(SHOWN);
  return renderArchivedLog(log, await system.summary(), log.objects.length > 0 ? [] : system.runs(KEPT));
}

async function openConsole({ console: url }: Urls): Promise<string | undefined> {
  return (await openInBrowser(url)) ? undefined : `No browser opens; the console is at ${url}`;
}

runCommand(main);
