import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { PROJECT_FOLDER } from "../cli/project";
import { UserError } from "../cli/user-error";

/** Terraform's dependency lock file. */
export const LOCK_FILE = ".terraform.lock.hcl";
export const PLAN_FILE = "plan";
const MANIFEST = "manifest.json";

/** The default folder of a saved plan. */
export const PLAN_FOLDER = join(PROJECT_FOLDER, "cdktf.out", "plan");

const manifestSchema = z.object({
  stack: z.string(),
  /** SHA-256 of each file, by name. */
  files: z.record(z.string(), z.string()),
});

/** Copies those files that exist, with their checksums, for an apply in another checkout. Replaces the target. */
export function writePlanArtifact(source: string, target: string, stack: string, names: readonly string[]): void {
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  const present = names.filter((name) => existsSync(join(source, name)));
  for (const name of present) copyFileSync(join(source, name), join(target, name));
  const files = Object.fromEntries(present.map((name) => [name, checksum(join(target, name))]));
  writeFileSync(join(target, MANIFEST), JSON.stringify({ stack, files }, null, 2));
}

/** Reads the stack's id and the files' names. Throws a UserError if a file is missing or changed. */
export function readPlanArtifact(folder: string): { stack: string; names: string[] } {
  const file = join(folder, MANIFEST);
  if (!existsSync(file))
    throw new UserError(`${folder} holds no plan; run npm run plan, or copy the whole folder here.`);
  const { stack, files } = readManifest(file);
  for (const [name, expected] of Object.entries(files)) {
    const path = join(folder, name);
    if (!existsSync(path)) throw new UserError(`${path} is missing; copy the whole folder that npm run plan made.`);
    if (checksum(path) !== expected)
      throw new UserError(`${path} is not the file that was planned; run npm run plan again.`);
  }
  return { stack, names: Object.keys(files) };
}

function readManifest(file: string): z.output<typeof manifestSchema> {
  try {
    return manifestSchema.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    throw new UserError(`${file} is damaged; run npm run plan again.`);
  }
}

function checksum(file: string): string {
  return createHash("sha256").update(readFileSync(file)).digest("hex");
}
