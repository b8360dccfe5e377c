import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseOptions } from "@local/command-line/options";
import { run } from "@local/command-line/process/child-process";
import { runCommand } from "@local/command-line/process/run-command";
import { makeRunFolder } from "@local/command-line/process/run-folder";
import { step } from "@local/command-line/progress";
import { PROJECT_FOLDER } from "@local/command-line/project";
import { UserError } from "@local/command-line/user-error";
import { type CheckovReport, findings } from "./checkov-report";
import { sourceFolders } from "./python/own-files";

/** A value for each setting that adds a stack or resources. */
const OPTIONAL_SETTINGS = {
  alarms: { email: "somebody@example.com" },
  api: { jwtAuthorizer: { issuer: "https://issuer.example.com", audience: ["requests"] } },
  github: { repository: "owner/name" },
};

type Settings = Readonly<Record<string, object | undefined>>;

/**
 * Scans the stacks of every environment with checkov: with their own settings, and with all optional ones. Ends with 1
 * if a check fails that checkov.yaml does not skip, or if checkov did not read everything.
 */
async function main(args: string[]): Promise<number> {
  parseOptions(args, {});
  const folder = makeRunFolder();
  const { context } = JSON.parse(readFileSync(join(PROJECT_FOLDER, "cdktf.json"), "utf8"));
  await step("Synthesis as HCL", async () => {
    await runOrThrow(process.execPath, ["node_modules/typescript/lib/tsc.js", "-p", "stacks"], {});
    for (const [environment, settings] of Object.entries<Settings>(context.environments)) {
      const variants = { "as-it-is": settings, "with-everything": withEverything(settings) };
      for (const [variant, values] of Object.entries(variants)) {
        await synthesize(join(folder, "hcl", `${environment}-${variant}`), environment, values);
      }
    }
  });
  const hcl = join(folder, "hcl");
  const synthesized = countResources(hcl);
  const problems = await step("Scan", async (current) => {
    current.setNote(`${synthesized} resources`);
    return findings(await scan(hcl), synthesized);
  });
  for (const problem of problems) console.log(problem);
  return problems.length > 0 || synthesized === 0 ? 1 : 0;
}

function withEverything(settings: Settings): Settings {
  const optional = Object.entries(OPTIONAL_SETTINGS).map(([key, values]) => [key, { ...settings[key], ...values }]);
  return { ...settings, ...Object.fromEntries(optional) };
}

/** Synthesizes an environment with other settings. The application reads them and its source in the working folder. */
async function synthesize(outputFolder: string, environment: string, settings: Settings): Promise<void> {
  const project = `${outputFolder}.project`;
  mkdirSync(project, { recursive: true });
  for (const source of sourceFolders(PROJECT_FOLDER)) {
    cpSync(join(PROJECT_FOLDER, source), join(project, source), { recursive: true });
  }
  writeFileSync(
    join(project, "cdktf.json"),
    JSON.stringify({ context: { environments: { [environment]: settings } } }),
  );
  await runOrThrow(process.execPath, [join(PROJECT_FOLDER, "dist", "main.js")], {
    cwd: project,
    env: { ...process.env, CDKTF_OUTDIR: outputFolder, ENVIRONMENT: environment, SYNTH_HCL_OUTPUT: "true" },
  });
}

async function scan(hcl: string): Promise<CheckovReport> {
  const config = join(__dirname, "checkov.yaml");
  const { stdout, stderr } = await run("checkov", ["--directory", hcl, "--config-file", config, "--output", "json"]);
  try {
    return JSON.parse(stdout);
  } catch {
    throw new UserError(`checkov: ${(stderr || stdout).trim()}`);
  }
}

function countResources(hcl: string): number {
  const files = readdirSync(hcl, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".tf"));
  return files.flatMap((name) => readFileSync(join(hcl, name), "utf8").match(/^resource "/gm) ?? []).length;
}

async function runOrThrow(command: string, args: string[], options: Parameters<typeof run>[2]): Promise<void> {
  const { exitCode, stdout, stderr } = await run(command, args, { cwd: PROJECT_FOLDER, ...options });
  if (exitCode !== 0) throw new UserError((stdout + stderr).trim());
}

runCommand(main);
