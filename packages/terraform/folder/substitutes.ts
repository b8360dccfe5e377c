import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "@local/command-line/user-error";
import { SMALL_PROVIDERS } from "../run/small-providers";

/** Lets `terraform init` take a version or a provider of this machine. */
export interface Substitute {
  readonly notice: string;
  /** A part of the `terraform` block. */
  readonly terraform: {
    readonly required_version?: string;
    readonly required_providers?: Readonly<Record<string, object>>;
  };
}

const ANY = ">= 0.0.0";

/** A provider that Terraform cannot install, such as `hashicorp/tls`. */
const MISSING_PROVIDER = /available versions for provider (?:\S+\/)?([\w-]+\/[\w-]+):/g;

/** Finds substitutes for the versions and the unused providers that an error of `terraform init` misses. */
export function findSubstitutes(error: string, folders: readonly string[]): Substitute[] {
  const text = error.replace(/\s+/g, " ");
  const [, aws] =
    /hashicorp\/aws: no available releases match the given constraints (.+?)(?= To see |$)/.exec(text) ?? [];
  const core = /does not support Terraform version (\S+)\./.exec(text)?.[1];
  const missing = missingProviders(text).filter((source) => !(source in SMALL_PROVIDERS));
  const unused = missing.filter((source) => !folders.some((each) => usesProvider(each, nameOf(source))));
  return [
    ...(aws
      ? [
          {
            notice: `The folder asks for hashicorp/aws ${aws}. The version of the mirror takes its place.`,
            terraform: { required_providers: { aws: { source: "hashicorp/aws", version: ANY } } },
          },
        ]
      : []),
    ...(core
      ? [
          {
            notice: `The folder asks for another version of Terraform. Terraform ${core} takes its place.`,
            terraform: { required_version: ANY },
          },
        ]
      : []),
    ...unused.map((source) => ({
      notice: `The provider ${source} is not available. The folder names it, and does not use it.`,
      // A provider that is always available.
      terraform: { required_providers: { [nameOf(source)]: { source: "hashicorp/archive", version: ANY } } },
    })),
  ];
}

/** Explains an error of `terraform init` that no substitute avoids. Returns undefined for others. */
export function explainInit(error: string): UserError | undefined {
  const text = error.replace(/\s+/g, " ");
  const modules = /module registry|download module/.test(text)
    ? new Set([...text.matchAll(/\bmodule "([^"]+)" \(/g)].map(([, name = ""]) => name))
    : new Set<string>();
  if (modules.size > 0) {
    return new UserError(
      `Terraform cannot download ${list("the module", [...modules])}; connect to the network, or name a copy on this machine as source.`,
    );
  }
  const providers = missingProviders(text);
  if (providers.length === 0) return undefined;
  return new UserError(
    `Terraform cannot get ${list("the provider", providers)}; connect to the network, or name a mirror that has ${providers.length > 1 ? "them" : "it"} in TF_PROVIDER_MIRROR.`,
  );
}

function list(noun: string, names: readonly string[]): string {
  return `${noun}${names.length > 1 ? "s" : ""} ${names.join(", ")}`;
}

/** The providers that an error of `terraform init` misses, and that have stand-ins. */
export function findStandIns(error: string): string[] {
  return missingProviders(error.replace(/\s+/g, " ")).filter((source) => source in SMALL_PROVIDERS);
}

function missingProviders(text: string): string[] {
  return [...new Set([...text.matchAll(MISSING_PROVIDER)].map(([, source = ""]) => source))].filter(
    (source) => source !== "hashicorp/aws",
  );
}

function nameOf(source: string): string {
  return source.split("/").at(-1) ?? source;
}

/** Whether a folder has a resource, a data source or a configuration of a provider, in HCL or in JSON. */
function usesProvider(folder: string, name: string): boolean {
  // Such as `data "external"` and `data "local_file"`.
  const type = new RegExp(`^${name}(_|$)`);
  const hcl = new RegExp(
    `^[ \\t]*((resource|data|ephemeral)[ \\t]+"?${name}(_\\w+)?|provider[ \\t]+"?${name})\\b`,
    "m",
  );
  return readdirSync(folder)
    .filter((each) => /\.tf(\.json)?$/.test(each))
    .some((each) => {
      const text = readFileSync(join(folder, each), "utf8");
      return each.endsWith(".json") ? typesInJson(text).some((found) => type.test(found)) : hcl.test(text);
    });
}

function typesInJson(text: string): string[] {
  const { resource = [], data = [], ephemeral = [], provider = [] } = JSON.parse(text);
  return [resource, data, ephemeral, provider].flat().flatMap((each: object) => Object.keys(each));
}
