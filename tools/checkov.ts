import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseOptions } from "@local/command-line/options";
import { run } from "@local/command-line/process/child-process";
import { runCommand } from "@local/command-line/process/run-command";
import { makeRunFolder } from "@local/command-line/process/run-folder";
import { step } from "@local/command-line/progress";
import { PROJECT_FOLDER } from "@local/command-line/project";
import { UserError } from "@local/command-line/user-error";
import { type CheckovReport, findings } from "./checkov-report";
import { compile, readVariants, synthesize } from "./variants";

/**
 * Scans the stacks of every environment with checkov: with their own settings, and with all optional ones. Ends with 1
 * if a check fails that checkov.yaml does not skip, or if checkov did not read everything.
 */
async function main(args: string[]): Promise<number> {
  parseOptions(args, {});
  const folder = makeRunFolder();
  const hcl = join(folder, "hcl");
  await step("Synthesis as HCL", async () => {
    await compile(PROJECT_FOLDER);
    for (const variant of readVariants()) {
      await synthesize(PROJECT_FOLDER, variant, join(hcl, variant.name), { SYNTH_HCL_OUTPUT: "true" });
    }
  });
  const synthesized = countResources(hcl);
  const problems = await step("Scan", async (current) => {
    current.setNote(`${synthesized} resources`);
    return findings(await scan(hcl), synthesized);
  });
  for (const problem of problems) console.log(problem);
  return problems.length > 0 || synthesized === 0 ? 1 : 0;
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

runCommand(main);
