import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { isOffline } from "@local/command-line/options";
import { PROJECT_FOLDER } from "@local/command-line/project";
import { UserError } from "@local/command-line/user-error";
import { PLATFORM } from "./fetch-terraform";

const REGISTRY = "registry.terraform.io";
const REGISTRY_TIMEOUT_MS = 3_000;

export interface TerraformProviders {
  readonly summary: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Whether the source lacks `hashicorp/archive`. */
  readonly needsArchiveStandIn: boolean;
}

/**
 * Finds the source of the providers: `TF_PROVIDER_MIRROR`, the user's CLI configuration, the registry, or a mirror in
 * one of the usual folders, in this order. Throws a UserError if none has the AWS provider. The folder is for a CLI
 * configuration file.
 */
export async function resolveTerraformProviders(folder: string): Promise<TerraformProviders> {
  const mirror = process.env.TF_PROVIDER_MIRROR;
  if (mirror) {
    if (!holds(mirror, "aws")) {
      throw new UserError(`TF_PROVIDER_MIRROR is ${mirror}, which has no ${REGISTRY}/hashicorp/aws for ${PLATFORM}.`);
    }
    return fromMirror(resolve(mirror), folder);
  }
  const ownConfiguration = [process.env.TF_CLI_CONFIG_FILE, join(homedir(), ".terraformrc")].find(
    (file) => file && existsSync(file) && readFileSync(file, "utf8").includes("provider_installation"),
  );
  if (ownConfiguration) {
    return {
      summary: `as ${ownConfiguration} says`,
      environment: { TF_CLI_CONFIG_FILE: ownConfiguration },
      needsArchiveStandIn: false,
    };
  }
  if (!isOffline() && (await registryAnswers())) {
    return {
      summary: `from ${REGISTRY}`,
      environment: {
        TF_PLUGIN_CACHE_DIR: process.env.TF_PLUGIN_CACHE_DIR ?? pluginCache(),
        // A run has no lock file, and would download the providers again.
        TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE: "1",
      },
      needsArchiveStandIn: false,
    };
  }
  const found = findMirror();
  if (!found) {
    throw new UserError(
      `Terraform's AWS provider is not available: ${isOffline() ? `--offline forbids to ask ${REGISTRY}` : `${REGISTRY} does not answer`} and this machine has no mirror. Set TF_PROVIDER_MIRROR to a folder made by \`terraform providers mirror\`.`,
    );
  }
  return fromMirror(found, folder);
}

/** Finds a mirror with the AWS provider in the usual folders of Terraform and of packagers. */
export function findMirror(): string | undefined {
  const folders = [
    join(homedir(), ".terraform.d", "plugins"),
    join(homedir(), ".local", "share", "terraform", "plugins"),
    "/usr/local/share/terraform/plugins",
    "/usr/share/terraform/plugins",
    ...(existsSync("/opt") ? readdirSync("/opt").map((name) => join("/opt", name)) : []),
  ];
  return folders.find((folder) => holds(folder, "aws"));
}

function fromMirror(mirror: string, folder: string): TerraformProviders {
  const file = join(folder, "terraform.rc");
  writeFileSync(file, `provider_installation {\n  filesystem_mirror {\n    path = ${JSON.stringify(mirror)}\n  }\n}\n`);
  const needsArchiveStandIn = !holds(mirror, "archive");
  return {
    summary: `from ${mirror}${needsArchiveStandIn ? ", with a stand-in for hashicorp/archive" : ""}`,
    // Commands that get these variables find the mirror again, and not a configuration of the user's own.
    environment: { TF_CLI_CONFIG_FILE: file, TF_PROVIDER_MIRROR: mirror },
    needsArchiveStandIn,
  };
}

/** Whether a mirror has a provider of HashiCorp for this platform, unpacked or packed. */
function holds(mirror: string, provider: string): boolean {
  const folder = join(mirror, REGISTRY, "hashicorp", provider);
  if (!existsSync(folder)) return false;
  return readdirSync(folder).some(
    (name) => existsSync(join(folder, name, PLATFORM)) || name.endsWith(`_${PLATFORM}.zip`),
  );
}

async function registryAnswers(): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(REGISTRY_TIMEOUT_MS);
    return (await fetch(`https://${REGISTRY}/.well-known/terraform.json`, { signal })).ok;
  } catch {
    return false;
  }
}

/** Makes a folder for downloaded providers. `npm ci` empties it. */
function pluginCache(): string {
  const folder = join(PROJECT_FOLDER, "node_modules", ".cache", "terraform-plugins");
  mkdirSync(folder, { recursive: true });
  return folder;
}
