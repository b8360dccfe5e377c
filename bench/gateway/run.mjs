// The system on one machine: how much longer `npm start` takes than Terraform alone, how fast a warm request is beside
// the emulator's own share of it, and whether memory stays flat.
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { median } from "../measure.mjs";

const project = resolve(new URL("../..", import.meta.url).pathname);
const load = createRequire(import.meta.url);
process.chdir(project);
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = "true";
const { run } = await build();
const { Deployment, STACKS } = load("../../dist/commands/terraform/deployment.js");
const { startEmulator } = load("../../dist/commands/emulator/emulator.js");
const { findPython } = load("../../dist/commands/emulator/python.js");
const { makeRunFolder } = load("../../dist/commands/cli/run-folder.js");
const { resolveTerraformProviders } = load("../../dist/commands/terraform/providers.js");

const LATENCY_REQUESTS = 500;
// As many as the stage's throttle lets through at any speed that this can have.
const THROUGHPUT_REQUESTS = 1000;
const CLIENTS = 10;
const ENDURANCE_REQUESTS = 10_000;
const BODY = '{"amount": 3, "currency": "EUR"}';

const folder = makeRunFolder();
const emulator = await startEmulator(await findPython(), `${folder}/emulator.log`);
const providers = await resolveTerraformProviders(folder);
const deployment = new Deployment({ folder, endpoint: emulator.endpoint, providers, environment: "production" });
await deployment.synthesize();

let started = performance.now();
for (const stack of STACKS) await deployment.apply(stack);
const bare = seconds(started);
started = performance.now();
const once = await run(process.execPath, ["dist/commands/start.js", "--once", "POST /first {}"], {
  env: environment(),
});
if (once.exitCode !== 0) throw new Error(once.stderr);
const toFirstAnswer = seconds(started);
console.log(`From npm start to the first answer: ${toFirstAnswer.toFixed(1)} s, the end included`);
console.log(
  `terraform init and apply alone:     ${bare.toFixed(1)} s; ratio ${ratio(toFirstAnswer, bare)} (at most 1.25)`,
);

const { api, pid, stop } = await start();
const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS });
await repeat(100, 1, post);
const dynamodb = new DynamoDBClient({
  endpoint: emulator.endpoint,
  region: "us-west-2",
  credentials: { accessKeyId: "test", secretAccessKey: "test" },
});
let number = 0;
const put = () =>
  dynamodb.send(
    new PutItemCommand({
      TableName: "RequestDataTable",
      Item: { RequestId: { S: `bench-${number++}` }, Timestamp: { S: "2026-01-01" }, Body: { S: BODY } },
    }),
  );
await repeat(100, 1, put);
const alone = await repeat(LATENCY_REQUESTS, 1, put);
const through = await repeat(LATENCY_REQUESTS, 1, post);
console.log(`A warm request, one client:  ${median(through.times).toFixed(1)} ms median (at most 15 ms)`);
console.log(`the same PutItem by itself:  ${median(alone.times).toFixed(1)} ms median`);
await repeat(THROUGHPUT_REQUESTS, CLIENTS, post);
await new Promise((done) => setTimeout(done, 3000));
const crowd = await repeat(THROUGHPUT_REQUESTS, CLIENTS, post);
const crowdAlone = await repeat(THROUGHPUT_REQUESTS, CLIENTS, put);
console.log(`${CLIENTS} clients: ${crowd.rate.toFixed(0)} requests/s (at least 150)`);
console.log(`${CLIENTS} clients, the same PutItem by itself: ${crowdAlone.rate.toFixed(0)}/s`);

console.log(`${ENDURANCE_REQUESTS} requests in a row:`);
for (let done = 0; done <= ENDURANCE_REQUESTS; done += ENDURANCE_REQUESTS / 10) {
  if (done > 0) await repeat(ENDURANCE_REQUESTS / 10, 1, post);
  const { gateway, functions, descriptors } = usage();
  console.log(
    `  after ${String(done).padStart(5)}: gateway ${gateway} MiB, function ${functions} MiB, ${descriptors} descriptors`,
  );
}
await stop();
process.exit(0);

async function build() {
  const child = spawn("npx", ["tsc", "-p", "commands"], { stdio: "inherit" });
  const code = await new Promise((done) => child.once("close", done));
  if (code !== 0) throw new Error("tsc -p commands failed");
  return load("../../dist/commands/cli/child-process.js");
}

/** The machine's environment, without an emulator of its owner's. */
function environment() {
  const { AWS_ENDPOINT_URL: _own, ...others } = process.env;
  return others;
}

/** Runs `npm start`'s program on what is deployed already. */
async function start() {
  const env = { ...environment(), AWS_ENDPOINT_URL: emulator.endpoint };
  const child = spawn(process.execPath, ["dist/commands/start.js", "--port", "0"], {
    env,
    stdio: ["ignore", "pipe", "ignore"],
  });
  process.once("exit", () => child.kill());
  const ended = new Promise((done) => child.once("close", done));
  const api = await new Promise((found, fail) => {
    let output = "";
    child.once("close", () => fail(new Error(`npm start ended: ${output}`)));
    child.stdout.on("data", (text) => {
      output += text;
      const url = /answers at\S* \S*?(http:\/\/127\.0\.0\.1:\d+)/.exec(output)?.[1];
      if (url && output.includes("Keys")) found(url);
    });
  });
  return { api, pid: child.pid, stop: () => child.kill() && ended };
}

function post() {
  return new Promise((done, fail) => {
    const headers = { "content-type": "application/json", "content-length": BODY.length };
    request(`${api}/orders`, { method: "POST", agent, headers }, (response) => {
      response.resume().once("end", () => {
        if (response.statusCode === 200) done();
        else fail(new Error(`answered ${response.statusCode}`));
      });
    })
      .once("error", fail)
      .end(BODY);
  });
}

/** Does something many times, by several clients at once. */
async function repeat(count, clients, action) {
  const times = [];
  let left = count;
  const begin = performance.now();
  await Promise.all(
    Array.from({ length: clients }, async () => {
      while (left-- > 0) {
        const start = performance.now();
        await action();
        times.push(performance.now() - start);
      }
    }),
  );
  return { times, rate: count / seconds(begin) };
}

/** Resident memory of the gateway and of the function's processes together, and the gateway's open descriptors. */
function usage() {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean);
  const functions = children.filter((child) => readFileSync(`/proc/${child}/cmdline`, "utf8").includes("bootstrap.py"));
  return {
    gateway: mebibytes(pid),
    functions: functions.reduce((total, child) => total + mebibytes(child), 0),
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
  };
}

function mebibytes(process) {
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${process}/status`, "utf8"))[1]) / 1024);
}

function seconds(since) {
  return (performance.now() - since) / 1000;
}

function ratio(one, other) {
  return (one / other).toFixed(2);
}
