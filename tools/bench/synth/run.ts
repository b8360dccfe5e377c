// Measures the time and memory of synthesis, against the default of the CDKTF template for TypeScript (`cdktf synth`
// over `npx ts-node main.ts`, TypeScript 5.9) with the same sources.
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "@local/command-line/process/child-process";
import { makeRunFolder } from "@local/command-line/process/run-folder";
import { PROJECT_FOLDER } from "@local/command-line/project";
import { readRecipes, serveLibraries, writeRecipes } from "../../../__tests__/recipes";
import { sourceFolders } from "../../python/own-files";
import { compare, inTurns, measureProcess, progress, type Row } from "../measure";

const ROUNDS = 3;
const BENCH = __dirname;

export async function measureSynth(python: string): Promise<Row[]> {
  progress("Installing the CDKTF template's packages");
  const template = await makeTemplateProject();
  const grown = makeGrownProject();
  // The output of an earlier synthesis, perhaps deployed, stays untouched.
  const output = makeRunFolder();
  const env = { ...process.env, CHECKPOINT_DISABLE: "1", CDKTF_OUTDIR: output };
  const measure = (cwd: string, ...command: string[]) => measureProcess(python, command, { cwd, env });
  const baselineName = "the template's cdktf synth";
  const [baseline = [], npm = [], npmGrown = [], cdktf = []] = await inTurns(ROUNDS, {
    [baselineName]: () => measure(template, "npx", "cdktf", "synth", "--output", output),
    "npm run synth": () => measure(PROJECT_FOLDER, "npm", "run", "synth"),
    "npm run synth, with the recipes": () => measure(grown, "npm", "run", "synth"),
    "npx cdktf synth": () => measure(PROJECT_FOLDER, "npx", "cdktf", "synth", "--output", output),
  });
  const seconds = { unit: "s", baselineName };
  const memory = { unit: "MiB", baselineName };
  return [
    { name: "npm run synth, wall time", ...seconds, ...compare(npm, baseline, (run) => run.seconds), bar: 0.2 },
    {
      name: "npm run synth with all recipes, wall time",
      ...seconds,
      ...compare(npmGrown, baseline, (run) => run.seconds),
      bar: 0.3,
    },
    { name: "npm run synth, peak memory", ...memory, ...compare(npm, baseline, (run) => run.mebibytes), bar: 0.4 },
    { name: "npx cdktf synth, wall time", ...seconds, ...compare(cdktf, baseline, (run) => run.seconds), bar: 0.65 },
  ];
}

/** Copies the application into a new folder inside of this project, where it finds this one's packages after its own. */
function copyApplication(...names: readonly string[]): string {
  const folder = mkdtempSync(join(BENCH, "template-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }));
  const sources = readdirSync(PROJECT_FOLDER).filter((name) => name.endsWith(".ts"));
  for (const name of [...sources, ...names, "constructs", "settings", "stacks", ...sourceFolders(PROJECT_FOLDER)]) {
    cpSync(join(PROJECT_FOLDER, name), join(folder, name), { recursive: true });
  }
  return folder;
}

/** Makes a project with all recipes of docs/growing.md. Its own node_modules keeps the stand-ins of their packages. */
function makeGrownProject(): string {
  const folder = copyApplication("package.json", "tsconfig.json", "cdktf.json");
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(join(PROJECT_FOLDER, "node_modules", "typescript"), join(folder, "node_modules", "typescript"));
  serveLibraries(readRecipes(), join(folder, "wheels"));
  writeRecipes(readRecipes(), folder);
  return folder;
}

/** Makes a project like the template's. */
async function makeTemplateProject(): Promise<string> {
  const folder = copyApplication();
  for (const name of ["package.json", "package-lock.json"]) cpSync(join(BENCH, name), join(folder, name));
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
