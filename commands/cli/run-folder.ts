import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Makes the folder of one run, which holds all that the run writes: output, state, providers, logs. It is removed when
 * this process exits, however it exits short of SIGKILL.
 */
export function makeRunFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "serverless-"));
  process.on("exit", () => {
    // Killed processes may still be writing for a moment.
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  });
  return folder;
}
