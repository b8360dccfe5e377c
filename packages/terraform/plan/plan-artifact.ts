import { createHash } from "node:crypto";
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PROJECT_FOLDER } from "@local/command-line/project";
import { UserError } from "@local/command-line/user-error";
import { z } from "zod";

/** Terraform's dependency lock file: the providers' versions and checksums. `npm run lock` writes it. */
export const LOCK_FILE = ".terraform.lock.hcl";
export const PLAN_FILE = "plan";
const MANIFEST = "manifest.json";

export const PLAN_FOLDER = join(PROJECT_FOLDER, "cdktf.out", "plan");

/** The files for an apply, besides the plan's zip files, whose source is in `assets`. */
const NEEDED = [PLAN_FILE, "cdk.tf.json", LOCK_FILE, "assets"];

const manifestSchema = z.object({
  stack: z.string(),
  /** SHA-256 of each file, by its path in the folder. */
  files: z.record(z.string(), z.string()),
});

/**
 * Removes a saved plan, so that no apply takes it for a later plan that was not saved. Throws a UserError if the folder
 * holds anything else.
 */
export function removePlanArtifact(folder: string): void {
  if (!existsSync(folder)) return;
  const isOther =
    !statSync(folder).isDirectory() || (readdirSync(folder).length > 0 && !existsSync(join(folder, MANIFEST)));
  if (isOther) throw new UserError(`${folder} holds something else than a plan; choose another --out.`);
  rmSync(folder, { recursive: true });
}

/**
 * Copies the files for an apply in another checkout, with checksums.
 *
 * @param source the stack's folder, with a plan in `PLAN_FILE`
 */
export function writePlanArtifact(source: string, target: string, stack: string): void {
  const names = readdirSync(source).filter((name) => NEEDED.includes(name) || name.endsWith(".zip"));
  const paths = names.flatMap((name) => filesBelow(source, name));
  for (const path of paths) cpSync(join(source, path), join(target, path), { dereference: true });
  const files = Object.fromEntries(paths.map((path) => [path, checksum(join(target, path))]));
  writeFileSync(join(target, MANIFEST), JSON.stringify({ stack, files }, null, 2));
}

/** Copies a saved plan into a folder and returns the stack's id. Throws a UserError if a file is missing or changed. */
export function copyPlanArtifact(source: string, target: string): string {
  const file = join(source, MANIFEST);
  if (!existsSync(file))
    throw new UserError(`${source} holds no plan; run npm run plan, or copy the whole folder here.`);
  const { stack, files } = readManifest(file);
  for (const [path, expected] of Object.entries(files)) {
    const from = join(source, path);
    if (!existsSync(from)) throw new UserError(`${from} is missing; copy the whole folder that npm run plan made.`);
    if (checksum(from) !== expected)
      throw new UserError(`${from} is not the file that was planned; run npm run plan again.`);
    cpSync(from, join(target, path), { dereference: true });
  }
  return stack;
}

function readManifest(file: string): z.output<typeof manifestSchema> {
  try {
    return manifestSchema.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    throw new UserError(`${file} is damaged; run npm run plan again.`);
  }
}

/** The paths of a file, or of all files below a folder, from the root. */
function filesBelow(root: string, path: string): string[] {
  if (!statSync(join(root, path)).isDirectory()) return [path];
  return readdirSync(join(root, path)).flatMap((name) => filesBelow(root, join(path, name)));
}

function checksum(file: string): string {
  return createHash("sha256").update(readFileSync(file)).digest("hex");
}
