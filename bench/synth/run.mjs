// How long and how much memory synthesis takes, beside what the CDKTF template for TypeScript does by default
// (`npx ts-node main.ts`, TypeScript 5.9) with the same sources, in the same run.
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { measure, median } from "../measure.mjs";

const RUNS = 5;
const ROOT = resolve(import.meta.dirname ?? new URL(".", import.meta.url).pathname, "..", "..");
const BENCH = join(ROOT, "bench", "synth");

/** A project like the template's, inside of bench/synth so that it finds what is installed there before the root's. */
function makeTemplateProject() {
  const folder = mkdtempSync(join(BENCH, "template-"));
  for (const name of ["main.ts", "settings.ts", "constructs", "stacks", "lambda-src"]) {
    cpSync(join(ROOT, name), join(folder, name), { recursive: true });
  }
  const config = JSON.parse(readFileSync(join(ROOT, "cdktf.json"), "utf8"));
  writeFileSync(join(folder, "cdktf.json"), JSON.stringify({ ...config, app: "npx ts-node main.ts" }));
  const compilerOptions = {
    target: "ES2022",
    lib: ["es2022"],
    module: "CommonJS",
    strict: true,
    declaration: true,
    inlineSourceMap: true,
    inlineSources: true,
    incremental: true,
    skipLibCheck: true,
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["**/*.ts"] }));
  return folder;
}

execFileSync("npm", ["ci", "--silent"], { cwd: BENCH, stdio: "inherit" });
const template = makeTemplateProject();
try {
  const env = { ...process.env, CHECKPOINT_DISABLE: "1" };
  const cases = [
    { name: "template: cdktf synth", command: ["npx", "cdktf", "synth"], cwd: template },
    { name: "template: npx ts-node main.ts", command: ["npx", "ts-node", "main.ts"], cwd: template },
    { name: "here: npx cdktf synth", command: ["npx", "cdktf", "synth"], cwd: ROOT, bar: [0.65] },
    { name: "here: npm run synth", command: ["npm", "run", "synth"], cwd: ROOT, bar: [0.2, 0.4] },
  ].map((kase) => ({ ...kase, runs: [] }));

  // Round by round, so that a slow moment of the machine meets all of them; the first round only warms up.
  for (let round = 0; round <= RUNS; round += 1) {
    for (const { name, command, cwd, runs } of cases) {
      if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${round === 0 ? "warm-up" : `${round}/${RUNS}`} ${name}`);
      const run = measure(command, { cwd, env });
      if (round > 0) runs.push(run);
    }
  }
  if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");

  const rows = cases.map(({ name, runs, bar = [] }) => ({
    name,
    seconds: median(runs.map(({ seconds }) => seconds)),
    mebibytes: median(runs.map(({ mebibytes }) => mebibytes)),
    bar,
  }));
  const [baseline] = rows;
  console.log(`Synthesis, medians of ${RUNS}; ratios to ${baseline.name}`);
  for (const { name, seconds, mebibytes, bar } of rows) {
    const limits = bar.length ? `  (at most ${bar.map((limit) => limit.toFixed(2)).join(" and ")})` : "";
    console.log(
      `  ${name.padEnd(32)} ${seconds.toFixed(2).padStart(5)} s ×${(seconds / baseline.seconds).toFixed(2)}` +
        `  ${mebibytes.toFixed(0).padStart(4)} MiB ×${(mebibytes / baseline.mebibytes).toFixed(2)}${limits}`,
    );
  }
} finally {
  rmSync(template, { recursive: true });
}
