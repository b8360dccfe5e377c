import { accessSync, constants, existsSync, statSync } from "node:fs";
import { delimiter, join, relative, resolve } from "node:path";
import { isOffline } from "@local/command-line/options";
import { run } from "@local/command-line/process/child-process";
import { step } from "@local/command-line/progress";
import { PROJECT_FOLDER } from "@local/command-line/project";
import { UserError } from "@local/command-line/user-error";
import { localEnvironment } from "../environment";
import { fetchTerraform, INSTALL, PLATFORM, RELEASE, type Release } from "./fetch-terraform";

/** The stacks require 1.10. */
const OLDEST_MINOR = 10;

export interface FoundTerraform {
  readonly path: string;
  readonly version: string;
  /** Its origin and the reason, such as `fetched from https://releases.hashicorp.com`. */
  readonly source: string;
  /** Whether a shell finds it as `terraform`. */
  readonly isOnPath: boolean;
}

export interface TerraformSearch {
  readonly environment: NodeJS.ProcessEnv;
  readonly cache: string;
  readonly release: Release;
  readonly isOffline: boolean;
}

/** The folder for fetched versions. `npm ci` empties it. */
export const TERRAFORM_CACHE = join(PROJECT_FOLDER, "node_modules", ".cache", "terraform");

let found: Promise<FoundTerraform> | undefined;

/**
 * Finds the Terraform that this process runs: the one that the variable `TERRAFORM` names, the one on the PATH, one
 * that was fetched before, or one that is fetched now, in this order. The search passes over one on the PATH that does
 * not run, or is too old. Throws a UserError if there is none.
 *
 * @param note called with the progress and the outcome; by default, a step shows a fetch
 */
export async function findTerraform(note?: (text: string) => void): Promise<FoundTerraform> {
  found ??= searchTerraform(
    { environment: process.env, cache: TERRAFORM_CACHE, release: RELEASE, isOffline: isOffline() },
    note,
  );
  const { version, source } = await found;
  note?.(`${version}, ${source}`);
  return found;
}

/** Like `findTerraform`, for any place and each time anew. */
export async function searchTerraform(
  { environment, cache, release, isOffline }: TerraformSearch,
  note?: (text: string) => void,
): Promise<FoundTerraform> {
  const { TERRAFORM: chosen, PATH = "" } = environment;
  if (chosen) {
    const path = resolve(chosen);
    const { version, problem } = await tryTerraform(path);
    if (!version) throw new UserError(`TERRAFORM is ${chosen}, which ${problem}. ${INSTALL}`);
    return { path, version, source: `${path}, as TERRAFORM says`, isOnPath: false };
  }
  const onPath = findOnPath(PATH);
  const tried = onPath ? await tryTerraform(onPath) : {};
  if (onPath && tried.version) return { path: onPath, version: tried.version, source: onPath, isOnPath: true };
  const because = onPath ? `${onPath} ${tried.problem}` : "no Terraform is on the PATH";

  const path = join(cache, `${release.version}_${PLATFORM}`, "terraform");
  const kept = await tryTerraform(path);
  const keptSource = `${relative(PROJECT_FOLDER, path)}, because ${because}`;
  if (kept.version) return { path, version: kept.version, source: keptSource, isOnPath: false };

  if (isOffline) throw new UserError(`--offline forbids to fetch Terraform, and ${because}. ${INSTALL}`);
  const source = `fetched from ${release.site}, because ${because}`;
  await fetchShown(release, path, source, note);
  const { version, problem } = await tryTerraform(path);
  if (!version) throw new UserError(`Terraform was fetched, but ${path} ${problem}. ${INSTALL}`);
  return { path, version, source, isOnPath: false };
}

async function fetchShown(
  release: Release,
  path: string,
  source: string,
  note?: (text: string) => void,
): Promise<void> {
  if (note) return fetchTerraform(release, path, (progress) => note(`fetching ${release.version}, ${progress}`));
  return step(`Terraform ${release.version}`, async (current) => {
    await fetchTerraform(release, path, (progress) => current.setNote(`fetching, ${progress}`));
    current.setNote(source);
  });
}

/** Returns the version of a usable Terraform, or else its problem. */
async function tryTerraform(path: string): Promise<{ readonly version?: string; readonly problem?: string }> {
  try {
    // Without CHECKPOINT_DISABLE, Terraform asks HashiCorp for newer versions.
    const env = { ...localEnvironment(), CHECKPOINT_DISABLE: "1" };
    const { stdout } = await run(path, ["version", "-json"], { env });
    const version = String(JSON.parse(stdout).terraform_version);
    const [major = 0, minor = 0] = version.split(".").map(Number);
    return major > 1 || minor >= OLDEST_MINOR ? { version } : { problem: `is Terraform ${version}` };
  } catch {
    return { problem: existsSync(path) ? "does not run as Terraform" : "does not exist" };
  }
}

function findOnPath(path: string): string | undefined {
  const files = path.split(delimiter).map((folder) => folder && resolve(folder, "terraform"));
  return files.find((file) => file && isExecutable(file));
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
