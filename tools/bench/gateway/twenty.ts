// Measures `npm start` with twenty functions, one of them with 5,000 files, beside `npm start` with one.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { compare, inTurns, progress, type Row } from "../measure";
import { putItem, secondsOf } from "./requests";
import type { System } from "./system";

const FUNCTIONS = 20;
const FILES = 5000;
const REQUESTS = 200;
const IDLE_MS = 60_000;
const ROUTE = 'api.route("$default", processor);';

/** Adds idle functions to a copy of the project. */
export function addFunctions(project: string): void {
  const stack = join(project, "stacks", "serverless-infrastructure-stack.ts");
  const added = `
    for (let number = 1; number < ${FUNCTIONS}; number += 1) {
      new PythonFunction(this, \`idle-\${number}\`, { source: number === 1 ? "many-files" : "idle" });
    }`;
  writeFileSync(stack, readFileSync(stack, "utf8").replace(ROUTE, ROUTE + added));
  for (const [source, files] of [
    ["idle", 1],
    ["many-files", FILES],
  ] as const) {
    mkdirSync(join(project, source));
    writeFileSync(join(project, source, "index.py"), "def lambda_handler(event, context):\n    return None\n");
    for (let number = 1; number < files; number += 1) {
      writeFileSync(join(project, source, `part_${number}.py`), `NUMBER = ${number}\n`);
    }
  }
}

export async function measureTwenty(twenty: System, one: System): Promise<Row[]> {
  progress(`${FUNCTIONS} idle functions`);
  const [before, alone] = [twenty.processUsage(), one.processUsage()];
  await setTimeout(IDLE_MS);
  const [after, aloneAfter] = [twenty.processUsage(), one.processUsage()];
  const put = await putItem(twenty);
  const [requests = [], puts = []] = await inTurns(REQUESTS, {
    [`a warm request with ${FUNCTIONS} functions`]: () => secondsOf(1, 1, () => twenty.post()),
    "its PutItem": () => secondsOf(1, 1, put),
  });
  const baselineName = "npm start with one function";
  const rows: Row[] = [
    {
      name: `a warm request with ${FUNCTIONS} functions and ${FILES} files`,
      unit: "ms",
      ...compare(requests, puts, (seconds) => seconds * 1000),
      baselineName: "the same PutItem straight to the emulator",
      bar: 1.7,
    },
    {
      name: `the memory of npm start with ${FUNCTIONS} idle functions`,
      unit: "MiB",
      ...compare([after], [aloneAfter], ({ mebibytes }) => mebibytes),
      baselineName,
      bar: 1.5,
    },
    {
      name: "its CPU time of an idle minute",
      unit: "s",
      ...compare([after.seconds - before.seconds], [aloneAfter.seconds - alone.seconds], Number),
      baselineName,
    },
  ];
  return rows.filter(({ ratio }) => !Number.isNaN(ratio));
}
