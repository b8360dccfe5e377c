import { copyFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { PROJECT_FOLDER } from "@local/command-line/project";
import { LOCK_FILE } from "../plan/plan-artifact";
import type { Terraform } from "./terraform";

/**
 * Runs `terraform init`, with the providers that the project's lock file names, if there is one.
 *
 * @param isComplete whether the lock file has no other providers than the stack; Terraform then must not change it
 */
export async function initWithLockFile(terraform: Terraform, isComplete = true): Promise<void> {
  const file = join(PROJECT_FOLDER, LOCK_FILE);
  if (existsSync(file)) copyFileSync(file, join(terraform.folder, LOCK_FILE));
  await terraform.init(...(isComplete && existsSync(file) ? ["-lockfile=readonly"] : []));
}
