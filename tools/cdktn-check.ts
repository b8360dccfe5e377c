import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../commands/cli/child-process";
import { parseOptions } from "../commands/cli/options";
import { step } from "../commands/cli/progress";
import { PROJECT_FOLDER } from "../commands/cli/project";
import { runCommand } from "../commands/cli/run-command";
import { makeRunFolder } from "../commands/cli/run-folder";
import { UserError } from "../commands/cli/user-error";
import { listFiles } from "../constructs/lambda-source";
import { findDifferences, isHarmless, readStacks, renderDifference } from "./compare-stacks";

/**
 * What CDK Terrain is checked with, in place of what package.json names. The bindings are the newest ones for cdktn
 * 0.24, of version 6 of the AWS provider like those of CDKTF. cdktn refuses constructs from 10.8 on.
 *
 * The packages ask for Node.js 22; npm only warns, and synthesis runs on 20 as well. cdktn-cli, which is not needed
 * here, does not.
 */
const VERSIONS: Readonly<Record<string, string>> = {
  "@cdktn/provider-archive": "14.0.1",
  "@cdktn/provider-aws": "25.7.0",
  cdktn: "0.24.0",
  constructs: "10.7.2",
};

/** The only development dependencies that synthesis needs. */
const BUILD_TOOLS = ["@types/node", "typescript"];

/** The folders that synthesis needs, beside the TypeScript and JSON files in the project's own. */
const FOLDERS = ["stacks", "constructs", "lambda-src"];

/** `npm run cdktn:check`: says whether CDK Terrain synthesizes from this application what CDKTF does. */
async function main(args: string[]): Promise<number> {
  parseOptions(args, {});
  const folder = makeRunFolder();
  const copy = join(folder, "application");
  await step("Copy of the application with CDK Terrain", async (current) => {
    copyApplication(copy);
    await install(copy);
    current.says(`cdktn ${VERSIONS.cdktn}`);
  });
  const { app, context } = JSON.parse(readFileSync(join(PROJECT_FOLDER, "cdktf.json"), "utf8"));
  let isSame = true;
  for (const environment of Object.keys(context.environments)) {
    const [ours, theirs] = await step(`Synthesis of ${environment} with both`, async () => [
      await synthesize(app, PROJECT_FOLDER, join(folder, `cdktf-${environment}`), environment),
      await synthesize(app, copy, join(folder, `cdktn-${environment}`), environment),
    ]);
    for (const name of new Set([...Object.keys(ours), ...Object.keys(theirs)])) {
      const differences = findDifferences(ours[name] ?? {}, theirs[name] ?? {});
      const harmful = differences.filter((difference) => !isHarmless(difference));
      isSame &&= harmful.length === 0;
      console.log(
        harmful.length === 0
          ? `✔ ${environment} ${name}: the same to Terraform`
          : `✖ ${environment} ${name}: not the same (CDKTF → CDK Terrain)`,
      );
      for (const difference of differences) {
        console.log(`  ${isHarmless(difference) ? " " : "✖"} ${renderDifference(difference)}`);
      }
    }
  }
  return isSame ? 0 : 1;
}

/** Copies what synthesis needs, with the imports and the dependencies renamed. */
function copyApplication(copy: string): void {
  mkdirSync(copy);
  const files = readdirSync(PROJECT_FOLDER).filter((name) => /\.(ts|json)$/.test(name) && name !== "package-lock.json");
  for (const name of [...files, ...FOLDERS]) cpSync(join(PROJECT_FOLDER, name), join(copy, name), { recursive: true });
  for (const file of listFiles(copy).filter((name) => name.endsWith(".ts") || name === "package.json")) {
    const path = join(copy, file);
    // "cdktf", "cdktf/…" and "@cdktf/…", not "cdktf.json" or "cdktf-cli".
    writeFileSync(path, readFileSync(path, "utf8").replace(/"(@?)cdktf(?=["/])/g, '"$1cdktn'));
  }
  const path = join(copy, "package.json");
  const { name, dependencies, devDependencies } = JSON.parse(readFileSync(path, "utf8"));
  const tools = BUILD_TOOLS.map((tool) => [tool, devDependencies[tool]]);
  const manifest = {
    name,
    private: true,
    dependencies: { ...dependencies, ...VERSIONS },
    devDependencies: Object.fromEntries(tools),
  };
  writeFileSync(path, JSON.stringify(manifest, null, 2));
}

async function install(copy: string): Promise<void> {
  // npm would take over the --silent of an `npm run` around this one, and say nothing of what failed. Its own patience
  // with a network that is not there is eight minutes.
  const reports = ["--loglevel=error", "--no-audit", "--no-fund", "--fetch-retries=1", "--fetch-retry-mintimeout=1000"];
  const options = [...reports, "--no-package-lock", "--ignore-scripts"];
  const { exitCode, stderr } = await run("npm", ["install", ...options], { cwd: copy });
  if (exitCode === 0) return;
  const reason = /^npm error (?!code |syscall |errno )(.+)/m.exec(stderr)?.[1] ?? stderr.trim();
  throw new UserError(`npm cannot install CDK Terrain: ${reason}`);
}

/** Runs the application as the CLIs of both would. */
async function synthesize(app: string, folder: string, outputFolder: string, environment: string) {
  const { exitCode, stdout, stderr } = await run("sh", ["-c", app], {
    cwd: folder,
    env: { ...process.env, CDKTF_OUTDIR: outputFolder, ENVIRONMENT: environment },
  });
  if (exitCode !== 0)
    throw new UserError(`${environment} does not synthesize in ${folder}:\n${stdout}${stderr}`.trim());
  return readStacks(outputFolder);
}

runCommand(main);
