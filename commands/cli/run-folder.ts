import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Makes a temporary folder for the files of a run. It is removed when this process exits (except by SIGKILL). */
export function makeRunFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "serverless-"));
  process.on("exit", () => {
    // Killed processes may still write for a moment.
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  });
  return folder;
}
