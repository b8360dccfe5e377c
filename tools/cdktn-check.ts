import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseOptions } from "@local/command-line/options";
import { run } from "@local/command-line/process/child-process";
import { runCommand } from "@local/command-line/process/run-command";
import { makeRunFolder } from "@local/command-line/process/run-folder";
import { step } from "@local/command-line/progress";
import { PROJECT_FOLDER } from "@local/command-line/project";
import { UserError } from "@local/command-line/user-error";
import { listFiles } from "../constructs/source/source-files";
import { describeDifference, readStacks } from "./compare-stacks";
import { sourceFolders } from "./python/own-files";
import { compile, readVariants, synthesize, type Variant } from "./variants";

/**
 * CDK Terrain's packages, in place of CDKTF's. The bindings are the newest for cdktn 0.24, and of version 6 of the AWS
 * provider like CDKTF's. cdktn refuses constructs 10.8 and later. The packages require Node.js 22, but npm only warns,
 * and synthesis works with 20.
 */
const VERSIONS: Readonly<Record<string, string>> = {
  "@cdktn/provider-archive": "14.0.1",
  "@cdktn/provider-aws": "25.7.0",
  cdktn: "0.24.0",
  constructs: "10.7.2",
};

/** The folders for synthesis, besides the TypeScript and JSON files in the project's own folder. */
const FOLDERS = ["settings", "stacks", "constructs", ...sourceFolders(PROJECT_FOLDER)];

/** `npm run cdktn:check`: checks that CDK Terrain synthesizes the same from this application as CDKTF. */
async function main(args: string[]): Promise<number> {
  parseOptions(args, {});
  const folder = makeRunFolder();
  const copy = join(folder, "application");
  await step("Copy of the application with CDK Terrain", async (current) => {
    copyApplication(copy);
    await install(copy);
    await Promise.all([copy, PROJECT_FOLDER].map(compile));
    current.setNote(`cdktn ${VERSIONS.cdktn}`);
  });
  let isSame = true;
  for (const variant of readVariants()) {
    const [ours, theirs] = await step(`Synthesis of ${variant.name} with both`, async () => [
      await synthesizeWith(PROJECT_FOLDER, variant, join(folder, `cdktf-${variant.name}`)),
      await synthesizeWith(copy, variant, join(folder, `cdktn-${variant.name}`)),
    ]);
    for (const name of new Set([...Object.keys(ours), ...Object.keys(theirs)])) {
      const difference = describeDifference(ours[name], theirs[name]);
      if (difference) console.log(`✖ ${variant.name} ${name}: not the same (- CDKTF, + CDK Terrain)\n${difference}`);
      else console.log(`✔ ${variant.name} ${name}: the same to Terraform`);
      isSame &&= !difference;
    }
  }
  return isSame ? 0 : 1;
}

/** Copies the files for synthesis, with CDK Terrain's packages in imports and dependencies. */
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
  const manifest = {
    name,
    private: true,
    dependencies: { ...dependencies, ...VERSIONS },
    devDependencies: { "@types/node": devDependencies["@types/node"], typescript: devDependencies.typescript },
  };
  writeFileSync(path, JSON.stringify(manifest, null, 2));
}

async function install(copy: string): Promise<void> {
  // Without --loglevel, npm inherits the --silent of `npm run` and hides errors. By default, it tries an unreachable
  // registry for eight minutes.
  const reports = ["--loglevel=error", "--no-audit", "--no-fund", "--fetch-retries=1", "--fetch-retry-mintimeout=1000"];
  const options = [...reports, "--no-package-lock", "--ignore-scripts"];
  const { exitCode, stderr } = await run("npm", ["install", ...options], { cwd: copy });
  if (exitCode === 0) return;
  const reason = /^npm error (?!code |syscall |errno )(.+)/m.exec(stderr)?.[1] ?? stderr.trim();
  throw new UserError(`npm cannot install CDK Terrain: ${reason}`);
}

async function synthesizeWith(folder: string, variant: Variant, outputFolder: string) {
  await synthesize(folder, variant, outputFolder);
  return readStacks(outputFolder);
}

runCommand(main);
