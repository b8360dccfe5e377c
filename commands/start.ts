import { writeFileSync } from "node:fs";
import type { Server } from "node:http";
import { join } from "node:path";
import pc from "picocolors";
import { listenToKeys } from "./cli/keys";
import { step } from "./cli/progress";
import { PROJECT_FOLDER } from "./cli/project";
import { runCommand } from "./cli/run-command";
import { makeRunFolder } from "./cli/run-folder";
import { close, listen, serverUrl } from "./cli/server";
import { beforeShutdown, shutDown } from "./cli/shutdown";
import { ownEmulator, requireEmulator, startEmulator } from "./emulator/emulator";
import { findPython } from "./emulator/python";
import { serveConsole } from "./local-system/console/console-server";
import { MAX_HEADER_BYTES } from "./local-system/gateway/http-gateway";
import { LocalSystem, type SystemOutputs } from "./local-system/local-system";
import { printable, renderArchivedLog, renderItems, renderRequest, renderScheduleRun } from "./local-system/render";
import { DEFAULT_PORT, parseStartOptions } from "./local-system/start-options";
import type { TestRequest } from "./local-system/system";
import { Deployment, STACKS } from "./terraform/deployment";
import { resolveTerraformProviders } from "./terraform/providers";
import { letTerraformFinish, terraformVersion } from "./terraform/terraform";

/** How many items or log lines a key shows. */
const SHOWN = 10;

/** `npm start`: deploys the whole system to an AWS emulator on this machine and runs it until Ctrl-C. */
async function main(args: string[]): Promise<undefined> {
  const options = parseStartOptions(args);
  const ownEndpoint = ownEmulator();
  // Taken first, so that a port in use is known before minutes of work.
  const apiServer = await listen(options.port, "--port", { maxHeaderSize: MAX_HEADER_BYTES });
  const consoleServer = await listen(options.consolePort, "--console-port");
  for (const server of [apiServer, consoleServer]) answerWhileDeploying(server);
  const folder = makeRunFolder();
  // An emulator that outlives this run must not be left with a locked state.
  const deployed = ownEndpoint ? letTerraformFinish() : () => {};
  process.on("exit", (code) => {
    if (code === 130) console.error(ownEndpoint ? "\nInterrupted." : "\nInterrupted; all of it is removed.");
    if (code === 0) console.error(ownEndpoint ? "\nEnded." : "\nEnded and removed.");
  });

  await step("Terraform", async (current) => current.says(await terraformVersion()));
  const providers = await step("Terraform providers", async (current) => {
    const resolved = await resolveTerraformProviders(folder);
    current.says(resolved.summary);
    return resolved;
  });
  const python = await findPython(console.error);
  const endpoint = await step("AWS emulator", async (current) => {
    if (ownEndpoint) await requireEmulator(ownEndpoint);
    const started = ownEndpoint ?? (await startEmulator(python, join(folder, "emulator.log"))).endpoint;
    current.says(started);
    return started;
  });
  const deployment = new Deployment({ folder, endpoint, providers });
  const warnings = await step("Synthesis", () => deployment.synthesize());
  if (warnings) console.warn(warnings);
  for (const stack of STACKS) {
    await step(stack, async (current) => {
      if (stack === "state-backend" && (await deployment.hasStateBucket())) {
        current.says("the state bucket is there already");
        return;
      }
      await deployment.apply(stack, current.follow);
    });
  }
  deployed();
  const system = await step("Function and API", () =>
    LocalSystem.start({
      endpoint,
      region: deployment.region,
      stack: deployment.stack("serverless-infrastructure"),
      environment: deployment.environment,
      python,
      folder: join(folder, "function"),
      apiServer,
      onRequest: options.once ? undefined : (request) => console.log(renderRequest(request)),
      onFunctionLog: options.once ? undefined : (line) => console.log(pc.dim(`          ${printable(line)}`)),
      onNotice: (notice) => console.error(pc.yellow(notice)),
    }),
  );
  beforeShutdown(async () => {
    await system.stop();
    await close(consoleServer);
  });
  if (options.once) {
    process.exitCode = (await sendOnce(system, options.once)) ? 0 : 1;
    return shutDown();
  }
  // From here on a signal is the regular end.
  process.exitCode = 0;
  consoleServer.removeAllListeners("request");
  serveConsole(consoleServer, system);
  system.watchSource(join(PROJECT_FOLDER, "lambda-src"));
  printResult(deployment, system.outputs, serverUrl(apiServer), serverUrl(consoleServer));
  const end = ownEndpoint
    ? "ends this; what was deployed stays in the emulator"
    : "ends the emulator and removes all of it";
  listenToKeys({
    s: show(async () => renderScheduleRun(await system.fireSchedule())),
    r: show(async () => renderItems(await system.items(SHOWN))),
    l: show(async () => renderArchivedLog(await system.archivedLog(SHOWN))),
    q: () => void shutDown(),
  });
  console.log(
    `\n${pc.bold("Keys")}  s fires the schedule, r shows the last items, l the newest log lines, q (or Ctrl-C) ${end}.\n`,
  );
}

/** Sends one request and prints the answer and the item that it left, as JSON; false where it failed. */
async function sendOnce(system: LocalSystem, request: TestRequest): Promise<boolean> {
  const answer = await system.send(request);
  const item = await system.item(answer.requestId);
  console.log(JSON.stringify({ answer, item: item ?? null }, null, 2));
  return answer.status < 400 && item !== undefined;
}

/** A key's action: prints what comes of it. */
function show(action: () => Promise<string>): () => void {
  return () => void action().then(console.log, (error: Error) => console.error(pc.red(error.message)));
}

function answerWhileDeploying(server: Server): void {
  server.on("request", (_request, response) => {
    response.writeHead(503, { "content-type": "application/json", "retry-after": "10" });
    response.end(JSON.stringify({ message: "npm start is still deploying" }));
  });
}

function printResult(deployment: Deployment, outputs: SystemOutputs, api: string, console_: string): void {
  const { folder } = deployment.stack("serverless-infrastructure");
  const variables = Object.entries(deployment.environment).filter(([name]) => /^(AWS|TF|CHECKPOINT)_/.test(name));
  const script = join(deployment.outputFolder, "environment.sh");
  // Whatever else is set there, such as a profile or the endpoint of a single service, would lead elsewhere.
  const unset = "unset $(env | sed -n 's/^\\(\\(AWS\\|TF\\)_[A-Z0-9_]*\\)=.*/\\1/p')\n";
  writeFileSync(script, unset + variables.map(([name, value]) => `export ${name}='${value}'\n`).join(""));

  const { port } = new URL(console_);
  const portOption = Number(port) === DEFAULT_PORT + 1 ? "" : ` --console-port ${port}`;
  const lines = [
    `\n${pc.bold("The API answers at")} ${pc.cyan(api)}`,
    `  curl -H 'content-type: application/json' -d '{"hello": "world"}' ${api}/orders`,
    `\n${pc.bold("The console is at")}  ${pc.cyan(console_)}  ${pc.dim("diagram, requests, items, log archive, alarms")}`,
    `\n${pc.bold("From another terminal")}`,
    `  npm run --silent local -- schedule${portOption}  ${pc.dim("# fires the schedule; also: items, logs")}`,
    `  . ${script}  ${pc.dim("# AWS is the emulator there, for the AWS CLI, SDKs and Terraform")}`,
    `  terraform -chdir=${folder} plan  ${pc.dim("# no changes, until a file in lambda-src is saved")}`,
    `\n${pc.bold("Deployed")} ${pc.dim("(the outputs, as on AWS)")}`,
    ...Object.entries(outputs).map(([name, value]) => `  ${name.padEnd(22)} ${value}`),
    `\nSaving a file in lambda-src updates the function.`,
  ];
  console.log(lines.join("\n"));
}

runCommand(main);
