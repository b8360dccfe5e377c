import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { PROJECT_FOLDER } from "../cli/project";
import { UserError } from "../cli/user-error";

const REGISTRY = "registry.terraform.io";
const REGISTRY_TIMEOUT_MS = 3_000;

/** How Terraform gets its providers on this machine. */
export interface TerraformProviders {
  /** What to say about it. */
  readonly summary: string;
  /** What to set for Terraform. */
  readonly environment: Readonly<Record<string, string>>;
  /** Whether `hashicorp/archive` cannot be had, so that the stand-in must serve. */
  readonly needsArchiveStandIn: boolean;
}

/**
 * Finds out where this machine can get the providers: `TF_PROVIDER_MIRROR`, the user's own CLI configuration, the
 * registry, or a mirror in one of the usual folders, in this order.
 *
 * @param folder where a CLI configuration file may be written
 * @throws UserError where the AWS provider is nowhere
 */
export async function resolveTerraformProviders(folder: string): Promise<TerraformProviders> {
  const mirror = process.env.TF_PROVIDER_MIRROR;
  if (mirror) {
    if (!holds(mirror, "aws")) {
      throw new UserError(`TF_PROVIDER_MIRROR is ${mirror}, which has no ${REGISTRY}/hashicorp/aws for ${platform()}.`);
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
  if (await registryAnswers()) {
    return {
      summary: `from ${REGISTRY}`,
      environment: {
        TF_PLUGIN_CACHE_DIR: process.env.TF_PLUGIN_CACHE_DIR ?? pluginCache(),
        // Each run starts without a lock file, and would download everything again.
        TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE: "1",
      },
      needsArchiveStandIn: false,
    };
  }
  const found = findMirror();
  if (!found) {
    throw new UserError(
      `Terraform's AWS provider cannot be had: ${REGISTRY} does not answer and no mirror is on this machine; set TF_PROVIDER_MIRROR to a folder that \`terraform providers mirror\` made.`,
    );
  }
  return fromMirror(found, folder);
}

/** Looks for a filesystem mirror that holds the AWS provider, in the folders where Terraform and packagers put them. */
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
    environment: { TF_CLI_CONFIG_FILE: file },
    needsArchiveStandIn,
  };
}

/** Whether a mirror has a provider of HashiCorp's for this platform, unpacked or packed. */
function holds(mirror: string, provider: string): boolean {
  const folder = join(mirror, REGISTRY, "hashicorp", provider);
  if (!existsSync(folder)) return false;
  return readdirSync(folder).some(
    (name) => existsSync(join(folder, name, platform())) || name.endsWith(`_${platform()}.zip`),
  );
}

/** This machine as Go, and so Terraform, names it. */
function platform(): string {
  const os = process.platform === "win32" ? "windows" : process.platform;
  const architecture = process.arch === "x64" ? "amd64" : process.arch;
  return `${os}_${architecture}`;
}

async function registryAnswers(): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(REGISTRY_TIMEOUT_MS);
    return (await fetch(`https://${REGISTRY}/.well-known/terraform.json`, { signal })).ok;
  } catch {
    return false;
  }
}

/** A folder for downloaded providers that `npm ci` empties; Terraform does not make it. */
function pluginCache(): string {
  const folder = join(PROJECT_FOLDER, "node_modules", ".cache", "terraform-plugins");
  mkdirSync(folder, { recursive: true });
  return folder;
}
