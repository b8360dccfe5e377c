import { deepStrictEqual } from "node:assert";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { listFiles } from "../constructs/source/source-files";

/**
 * Reads the stacks in an output folder, by name and file: the content of cdk.tf.json, and the checksums of all other
 * files. Leaves out the parts that Terraform ignores: the CDK's metadata, the providers' versions, and the spelling of
 * their sources.
 */
export function readStacks(outputFolder: string): Readonly<Record<string, object>> {
  const folder = join(outputFolder, "stacks");
  const names = existsSync(folder) ? readdirSync(folder) : [];
  return Object.fromEntries(names.map((name) => [name, readStack(join(folder, name))]));
}

function readStack(folder: string): object {
  const files = listFiles(folder).map((file) => {
    const content = readFileSync(join(folder, file));
    const isStack = file === "cdk.tf.json";
    return [file, isStack ? readConfiguration(content.toString()) : createHash("sha256").update(content).digest("hex")];
  });
  return Object.fromEntries(files);
}

function readConfiguration(text: string): object {
  const stack = JSON.parse(text, (key, value) => (key === "//" ? { ...value, metadata: undefined } : value));
  const providers: Record<string, { source: string; version?: string }> = stack.terraform?.required_providers ?? {};
  for (const provider of Object.values(providers)) {
    // Terraform's default namespace is `hashicorp`.
    if (!provider.source.includes("/")) provider.source = `hashicorp/${provider.source}`;
    delete provider.version;
  }
  return stack;
}

/** Describes how two stacks differ; undefined if they do not. The order of keys has no meaning for Terraform. */
export function describeDifference(before: unknown, after: unknown): string | undefined {
  try {
    deepStrictEqual(after, before);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
