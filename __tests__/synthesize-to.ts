import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { run } from "@local/command-line/process/child-process";
import { sourceFolders } from "../tools/python/own-files";

/**
 * Synthesizes an environment by the compiled application: CDKTF takes seconds to load into jest.
 *
 * @param outputFolder where the stacks are written
 * @param overrides the environment's settings, by default those in cdktf.json
 */
export async function synthesizeTo(
  outputFolder: string,
  overrides?: object,
  environment = "production",
): Promise<void> {
  const project = mkdtempSync(join(tmpdir(), "project-"));
  try {
    for (const source of sourceFolders(".")) cpSync(source, join(project, source), { recursive: true });
    const config = JSON.parse(readFileSync("cdktf.json", "utf8"));
    if (overrides) config.context.environments[environment] = overrides;
    writeFileSync(join(project, "cdktf.json"), JSON.stringify(config));
    const { exitCode, stderr } = await run(process.execPath, [resolve("dist/main.js")], {
      cwd: project,
      env: { ...process.env, CDKTF_OUTDIR: resolve(outputFolder), ENVIRONMENT: environment },
    });
    if (exitCode !== 0) throw new Error(stderr);
  } finally {
    rmSync(project, { recursive: true });
  }
}
