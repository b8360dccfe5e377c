// Measures the system on one machine: the time of `npm start` beside Terraform alone, the time that a request takes
// beyond the PutItem in it, and the growth of memory and open descriptors.
import { appendFileSync, cpSync, existsSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { startEmulator } from "@local/aws-on-this-machine/emulator/emulator";
import { createHostedZones } from "@local/aws-on-this-machine/start/hosted-zones";
import { launchChromium } from "@local/aws-on-this-machine/testing/chromium";
import { makeRunFolder } from "@local/command-line/process/run-folder";
import { PROJECT_FOLDER } from "@local/command-line/project";
import { Deployment } from "@local/terraform/deployment";
import { resolveTerraformProviders } from "@local/terraform/run/providers";
import { APPLICATION } from "../../../commands/application/application";
import { compare, compareToLimit, inTurns, progress, type Row, secondsSince } from "../measure";
import { putItem, secondsOf } from "./requests";
import { CLIENTS, System } from "./system";
import { addFunctions, measureTwenty } from "./twenty";

const ENVIRONMENT = "production";
const LATENCY_REQUESTS = 500;
// Fewer than the stage's throttle lets through at once.
const THROUGHPUT_REQUESTS = 300;
const THROUGHPUT_ROUNDS = 3;
const WATCHED_REQUESTS = 100;
const WATCHED_ROUNDS = 15;
// The time for the page to load, which must not count as a request's cost.
const LOADING_MS = 500;
const CONSOLE_MS = 0.3;
const SAVE_SECONDS = 15;
const ENDURANCE_REQUESTS = 10_000;

/**
 * Deploys the two stacks by `npm start` and at the same time by Terraform alone, each to an emulator of its own. One after
 * the other would take twice as long, nearly all of it waits of the AWS provider. Then starts the system again from the
 * recording of the first start, and returns that system.
 */
export async function measureStarts(python: string): Promise<{ system: System; rows: Row[] }> {
  const folder = makeRunFolder();
  const providers = await resolveTerraformProviders(folder);
  const emulator = await startEmulator(python, join(folder, "emulator.log"));
  const deployment = new Deployment({
    application: APPLICATION,
    folder,
    endpoint: emulator.endpoint,
    providers,
    environment: ENVIRONMENT,
  });
  await deployment.synthesize();
  await createHostedZones(deployment, deployment.system, progress);

  const terraformAlone = async () => {
    const started = performance.now();
    await deployment.apply(deployment.stateBackend);
    await deployment.apply(deployment.system);
    return secondsSince(started);
  };
  const [baseline, first] = await Promise.all([terraformAlone(), firstAnswer(PROJECT_FOLDER, "--fresh")]);
  await Promise.all([first.system.stop(), emulator.stop()]);
  progress("npm start, from a recording");
  const copy = copyWithOtherCode(join(folder, "copy"));
  const changed = await firstAnswer(copy);
  progress("a saved route");
  const saved = await saveRoute(changed.system, copy);
  await changed.system.stop();
  const second = await firstAnswer(PROJECT_FOLDER);
  progress("npm start with more functions");
  const larger = copyWithOtherCode(join(folder, "larger"));
  addFunctions(larger);
  const twenty = await System.start(ENVIRONMENT, larger);
  await twenty.post();
  const idle = await measureTwenty(twenty, second.system);
  await twenty.stop();
  const row = (name: string, here: number, bar: number): Row => ({
    name,
    unit: "s",
    ...compare([here], [baseline], Number),
    baselineName: "terraform init and apply, one stack after the other",
    bar,
  });
  const rows = [
    row("the first npm start to its first answer", first.seconds, 0.4),
    row("a later one", second.seconds, 0.07),
    row("a later one, with other code", changed.seconds, 0.07),
    {
      name: "a saved route to its first answer",
      unit: "s",
      ...compareToLimit(SAVE_SECONDS, [saved]),
      baselineName: "a short wait",
      bar: 1,
    },
    ...idle,
  ];
  return { system: second.system, rows };
}

async function firstAnswer(project: string, ...options: string[]): Promise<{ system: System; seconds: number }> {
  const started = performance.now();
  const system = await System.start(ENVIRONMENT, project, ...options);
  await system.post();
  return { system, seconds: secondsSince(started) };
}

/** Copies the project without its installed packages, and changes the function's code in the copy. */
function copyWithOtherCode(copy: string): string {
  const others = new Set([".git", ".venv", "node_modules"].map((name) => join(PROJECT_FOLDER, name)));
  cpSync(PROJECT_FOLDER, copy, { recursive: true, preserveTimestamps: true, filter: (path) => !others.has(path) });
  for (const name of [".venv", "node_modules"].filter((name) => existsSync(join(PROJECT_FOLDER, name)))) {
    symlinkSync(join(PROJECT_FOLDER, name), join(copy, name));
  }
  appendFileSync(join(copy, "lambda-src", "index.py"), "\n# Other code.\n");
  return copy;
}

/** Takes the API's default route for another one, and measures how long other paths still answer. */
async function saveRoute(system: System, project: string): Promise<number> {
  const file = join(project, "stacks", "serverless-infrastructure-stack.ts");
  const started = performance.now();
  writeFileSync(file, readFileSync(file, "utf8").replace('route("$default"', 'route("POST /orders"'));
  while ((await system.status("/other")) !== 404) await setTimeout(50);
  const seconds = secondsSince(started);
  await system.post();
  return seconds;
}

export async function measureGateway(system: System): Promise<Row[]> {
  const post = () => system.post();
  const put = await putItem(system);
  const [requests = [], puts = []] = await inTurns(LATENCY_REQUESTS, {
    "a warm request": () => secondsOf(1, 1, post),
    "its PutItem": () => secondsOf(1, 1, put),
  });
  const [manyRequests = [], manyPuts = []] = await inTurns(THROUGHPUT_ROUNDS, {
    [`requests of ${CLIENTS} clients`]: () => secondsOf(THROUGHPUT_REQUESTS, CLIENTS, post),
    [`PutItems of ${CLIENTS} clients`]: () => secondsOf(THROUGHPUT_REQUESTS, CLIENTS, put),
  });
  const consoleCost = await costOfConsole(system);
  progress(`${ENDURANCE_REQUESTS} requests`);
  const half = [await system.usageAfter(ENDURANCE_REQUESTS / 2)];
  const whole = [await system.usageAfter(ENDURANCE_REQUESTS)];

  const milliseconds = compare(requests, puts, (seconds) => seconds * 1000);
  const rate = compare(manyRequests, manyPuts, (seconds) => THROUGHPUT_REQUESTS / seconds);
  const memory = compare(whole, half, ({ mebibytes }) => mebibytes);
  const descriptors = compare(whole, half, (usage) => usage.descriptors);
  const baselineName = "the same PutItem straight to the emulator";
  const halfName = `after ${ENDURANCE_REQUESTS / 2}`;
  const rows: Row[] = [
    { name: "a warm request", unit: "ms", ...milliseconds, baselineName, bar: 1.6 },
    { name: `requests of ${CLIENTS} clients`, unit: "/s", ...rate, baselineName, bar: 0.6, atLeast: true },
    consoleCost,
    {
      name: `the gateway's memory after ${ENDURANCE_REQUESTS} requests`,
      unit: "MiB",
      ...memory,
      baselineName: halfName,
      bar: 1.1,
    },
    { name: "its open descriptors", unit: "", ...descriptors, baselineName: halfName, bar: 1 },
  ];
  return rows.filter(({ ratio }) => !Number.isNaN(ratio));
}

/** Measures how much longer a request takes while the console is open in a browser. */
async function costOfConsole(system: System): Promise<Row> {
  const browser = await launchChromium();
  try {
    const page = await browser.newPage();
    const post = () => system.post();
    const milliseconds = async () => (1000 * (await secondsOf(WATCHED_REQUESTS, 1, post))) / WATCHED_REQUESTS;
    const [open = [], closed = []] = await inTurns(WATCHED_ROUNDS, {
      "requests with the console open": async () => {
        await page.goto(system.page);
        await page.locator("#runs .row").first().waitFor();
        await page.waitForTimeout(LOADING_MS);
        return milliseconds();
      },
      "requests with the console closed": async () => {
        await page.goto("about:blank");
        return milliseconds();
      },
    });
    const costs = open.map((watched, round) => watched - (closed[round] ?? Number.NaN));
    return {
      name: "the extra time of a request with the console open",
      unit: "ms",
      ...compareToLimit(CONSOLE_MS, costs),
      baselineName: "an unnoticeable delay",
      bar: 1,
    };
  } finally {
    await browser.close();
  }
}
