// Measures the time and memory of synthesis, against the default of the CDKTF template for TypeScript (`cdktf synth`
// over `npx ts-node main.ts`, TypeScript 5.9) with the same sources.
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "@local/command-line/process/child-process";
import { makeRunFolder } from "@local/command-line/process/run-folder";
import { PROJECT_FOLDER } from "@local/command-line/project";
import { sourceFolders } from "../../python/own-files";
import { compare, inTurns, measureProcess, progress, type Row } from "../measure";

const ROUNDS = 3;
const BENCH = __dirname;

export async function measureSynth(python: string): Promise<Row[]> {
  progress("Installing the CDKTF template's packages");
  const template = await makeTemplateProject();
  // The output of an earlier synthesis, perhaps deployed, stays untouched.
  const output = makeRunFolder();
  const env = { ...process.env, CHECKPOINT_DISABLE: "1", CDKTF_OUTDIR: output };
  const measure = (cwd: string, ...command: string[]) => measureProcess(python, command, { cwd, env });
  const baselineName = "the template's cdktf synth";
  const [baseline = [], npm = [], cdktf = []] = await inTurns(ROUNDS, {
    [baselineName]: () => measure(template, "npx", "cdktf", "synth", "--output", output),
    "npm run synth": () => measure(PROJECT_FOLDER, "npm", "run", "synth"),
    "npx cdktf synth": () => measure(PROJECT_FOLDER, "npx", "cdktf", "synth", "--output", output),
  });
  const seconds = { unit: "s", baselineName };
  const memory = { unit: "MiB", baselineName };
  return [
    { name: "npm run synth, wall time", ...seconds, ...compare(npm, baseline, (run) => run.seconds), bar: 0.2 },
    { name: "npm run synth, peak memory", ...memory, ...compare(npm, baseline, (run) => run.mebibytes), bar: 0.4 },
    { name: "npx cdktf synth, wall time", ...seconds, ...compare(cdktf, baseline, (run) => run.seconds), bar: 0.65 },
  ];
}

/** Makes a project like the template's, inside of this one: it finds this one's packages after its own. */
async function makeTemplateProject(): Promise<string> {
  const folder = mkdtempSync(join(BENCH, "template-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }));
  for (const name of ["package.json", "package-lock.json"]) cpSync(join(BENCH, name), join(folder, name));
  const sources = readdirSync(PROJECT_FOLDER).filter((name) => name.endsWith(".ts"));
  for (const name of [...sources, "constructs", "settings", "stacks", ...sourceFolders(PROJECT_FOLDER)]) {
    cpSync(join(PROJECT_FOLDER, name), join(folder, name), { recursive: true });
  }
  const config = JSON.parse(readFileSync(join(PROJECT_FOLDER, "cdktf.json"), "utf8"));
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
    esModuleInterop: true,
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["**/*.ts"] }));
  const { exitCode, stderr } = await run("npm", ["ci"], { cwd: folder });
  if (exitCode !== 0) throw new Error(`npm ci failed: ${stderr}`);
  return folder;
}
