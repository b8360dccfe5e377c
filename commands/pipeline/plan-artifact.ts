import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { PROJECT_FOLDER } from "../cli/project";
import { UserError } from "../cli/user-error";

/** Terraform's record of the providers that were chosen. */
export const LOCK_FILE = ".terraform.lock.hcl";
export const PLAN_FILE = "plan";
const MANIFEST = "manifest.json";

/** Where `npm run plan` saves the plan, and where `npm run apply` looks for it, by default. */
export const PLAN_FOLDER = join(PROJECT_FOLDER, "cdktf.out", "plan");

const manifestSchema = z.object({
  /** The stack's id. */
  stack: z.string(),
  /** SHA-256 of each file, by name. */
  files: z.record(z.string(), z.string()),
});

/**
 * Copies what another checkout needs to apply a saved plan: the plan itself, the configuration, the function's zip and
 * the providers' lock file, with the checksum of each.
 *
 * @param source the stack's folder, where the plan was made
 * @param target is replaced
 */
export function writePlanArtifact(source: string, target: string, stack: string, names: readonly string[]): void {
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  const present = names.filter((name) => existsSync(join(source, name)));
  for (const name of present) copyFileSync(join(source, name), join(target, name));
  const files = Object.fromEntries(present.map((name) => [name, checksum(join(target, name))]));
  writeFileSync(join(target, MANIFEST), JSON.stringify({ stack, files }, null, 2));
}

/**
 * Checks that a folder holds a plan with all that belongs to it, as it was made.
 *
 * @returns the stack's id and the names of the files
 * @throws UserError with what is missing or altered
 */
export function readPlanArtifact(folder: string): { stack: string; names: string[] } {
  const file = join(folder, MANIFEST);
  if (!existsSync(file))
    throw new UserError(`${folder} holds no plan; run npm run plan, or copy the whole folder here.`);
  const { success, data } = manifestSchema.safeParse(parseJson(readFileSync(file, "utf8")));
  if (!success) throw new UserError(`${file} is damaged; run npm run plan again.`);
  for (const [name, expected] of Object.entries(data.files)) {
    const path = join(folder, name);
    if (!existsSync(path)) throw new UserError(`${path} is missing; copy the whole folder that npm run plan made.`);
    if (checksum(path) !== expected)
      throw new UserError(`${path} is not the file that was planned; run npm run plan again.`);
  }
  return { stack: data.stack, names: Object.keys(data.files) };
}

function checksum(file: string): string {
  return createHash("sha256").update(readFileSync(file)).digest("hex");
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
