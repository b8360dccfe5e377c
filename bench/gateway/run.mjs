// The system on one machine: how much longer `npm start` takes than Terraform alone, how much longer a request takes than
// the PutItem that it holds, and whether memory and open descriptors stay the same.
import { join } from "node:path";
import { PutItemCommand, ScanCommand } from "@aws-sdk/client-dynamodb";
import { makeRunFolder } from "../../dist/commands/cli/run-folder.js";
import { startEmulator } from "../../dist/commands/emulator/emulator.js";
import { connectAws } from "../../dist/commands/terraform/aws.js";
import { Deployment } from "../../dist/commands/terraform/deployment.js";
import { resolveTerraformProviders } from "../../dist/commands/terraform/providers.js";
import { compare, inTurns, progress, secondsSince } from "../measure.mjs";
import { CLIENTS, System } from "./system.mjs";

/** @typedef {import("../measure.mjs").Row} Row */

const ENVIRONMENT = "production";
const TABLE = "RequestDataTable";
const LATENCY_REQUESTS = 500;
// Fewer than the stage's throttle lets through at once.
const THROUGHPUT_REQUESTS = 300;
const THROUGHPUT_ROUNDS = 3;
const ENDURANCE_REQUESTS = 10_000;

/**
 * Deploys the two stacks by `npm start`, and beside it by Terraform alone, each to an emulator of its own. One after the
 * other would take twice as long, and nearly all of it is the AWS provider's own waiting; side by side, each disturbs the
 * other alike.
 *
 * @param {string} python
 * @returns {Promise<{ system: System, row: Row }>}
 */
export async function deployTwice(python) {
  const folder = makeRunFolder();
  const providers = await resolveTerraformProviders(folder);
  const emulator = await startEmulator(python, join(folder, "emulator.log"));
  const deployment = new Deployment({ folder, endpoint: emulator.endpoint, providers, environment: ENVIRONMENT });
  await deployment.synthesize();

  const started = performance.now();
  const terraformAlone = async () => {
    await deployment.apply("state-backend");
    await deployment.apply("serverless-infrastructure");
    return secondsSince(started);
  };
  const npmStart = async () => {
    const system = await System.start(ENVIRONMENT);
    await system.post();
    return { system, here: secondsSince(started) };
  };
  const [baseline, { system, here }] = await Promise.all([terraformAlone(), npmStart()]);
  await emulator.stop();
  const row = {
    name: "npm start to the first answer",
    unit: "s",
    ...compare([here], [baseline], Number),
    baselineName: "terraform init and apply of both stacks",
    bar: 1.25,
  };
  return { system, row };
}

/**
 * @param {System} system
 * @returns {Promise<Row[]>}
 */
export async function measureGateway(system) {
  const post = () => system.post();
  const put = await putItem(system);
  const [requests, puts] = await inTurns(LATENCY_REQUESTS, {
    "a warm request": () => secondsOf(1, 1, post),
    "its PutItem": () => secondsOf(1, 1, put),
  });
  const [manyRequests, manyPuts] = await inTurns(THROUGHPUT_ROUNDS, {
    [`requests of ${CLIENTS} clients`]: () => secondsOf(THROUGHPUT_REQUESTS, CLIENTS, post),
    [`PutItems of ${CLIENTS} clients`]: () => secondsOf(THROUGHPUT_REQUESTS, CLIENTS, put),
  });
  progress(`${ENDURANCE_REQUESTS} requests`);
  const half = [await system.usageAfter(ENDURANCE_REQUESTS / 2)];
  const whole = [await system.usageAfter(ENDURANCE_REQUESTS)];

  const milliseconds = compare(requests, puts, (seconds) => seconds * 1000);
  const rate = compare(manyRequests, manyPuts, (seconds) => THROUGHPUT_REQUESTS / seconds);
  const memory = compare(whole, half, ({ mebibytes }) => mebibytes);
  const descriptors = compare(whole, half, (usage) => usage.descriptors);
  const baselineName = "the same PutItem straight to the emulator";
  const halfName = `after ${ENDURANCE_REQUESTS / 2}`;
  const rows = [
    { name: "a warm request", unit: "ms", ...milliseconds, baselineName, bar: 1.6 },
    { name: `requests of ${CLIENTS} clients`, unit: "/s", ...rate, baselineName, bar: 0.6, atLeast: true },
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

/**
 * What the function asks of DynamoDB, by itself.
 *
 * @param {System} system
 * @returns {Promise<() => Promise<unknown>>}
 */
async function putItem(system) {
  const { dynamodb } = connectAws({ endpoint: system.emulator, region: "us-west-2" });
  const { Items: [stored] = [] } = await dynamodb.send(new ScanCommand({ TableName: TABLE, Limit: 1 }));
  let number = 0;
  return () => {
    number += 1;
    const Item = { ...stored, RequestId: { S: `bench-${number}` } };
    return dynamodb.send(new PutItemCommand({ TableName: TABLE, Item, ReturnConsumedCapacity: "TOTAL" }));
  };
}

/**
 * How long it takes several clients to do something so many times.
 *
 * @param {number} times
 * @param {number} clients
 * @param {() => Promise<unknown>} action
 */
async function secondsOf(times, clients, action) {
  let left = times;
  const started = performance.now();
  const work = async () => {
    while (left-- > 0) await action();
  };
  await Promise.all(Array.from({ length: clients }, work));
  return secondsSince(started);
}
