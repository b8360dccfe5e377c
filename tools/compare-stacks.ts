import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { formatPath, isContainer } from "../commands/pipeline/json-value";
import { listFiles } from "../constructs/lambda-source";

/** The stacks of an output folder by name: what is in cdk.tf.json, and the checksum of every other file by its path. */
export type Stacks = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** A place where two stacks differ. A value that one of them lacks is `undefined`. */
export interface Difference {
  /** Such as `["resource", "aws_sqs_queue", "queue", "name"]`. */
  readonly path: readonly (string | number)[];
  readonly before: unknown;
  readonly after: unknown;
}

/** How long a value may be (a dashboard's is thousands of characters) before it is cut to where the two begin to differ. */
const VALUE_WIDTH = 200;
/** How much of what they have in common is shown before that. */
const VALUE_CONTEXT = 40;

/** Reads what an application synthesized. */
export function readStacks(outputFolder: string): Stacks {
  const folder = join(outputFolder, "stacks");
  const names = existsSync(folder) ? readdirSync(folder) : [];
  return Object.fromEntries(names.map((name) => [name, readStack(join(folder, name))]));
}

function readStack(folder: string): Stacks[string] {
  const { configuration, ...checksums } = Object.fromEntries(
    listFiles(folder).map((file) => {
      const content = readFileSync(join(folder, file));
      if (file === "cdk.tf.json") return ["configuration", JSON.parse(content.toString())];
      return [file, `sha256 ${createHash("sha256").update(content).digest("hex")}`];
    }),
  );
  return { ...configuration, ...checksums };
}

/** Goes down to the values that differ. The order of keys means nothing to Terraform; that of a list may. */
export function findDifferences(before: unknown, after: unknown, path: Difference["path"] = []): Difference[] {
  if (!isContainer(before) || !isContainer(after) || Array.isArray(before) !== Array.isArray(after)) {
    return before === after ? [] : [{ path, before, after }];
  }
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].flatMap((key) =>
    findDifferences(before[key], after[key], [...path, Array.isArray(before) ? Number(key) : key]),
  );
}

/**
 * Whether Terraform plans nothing because of a difference: the CDK's own metadata, which version of a provider is
 * asked for, and another way to write which provider.
 */
export function isHarmless({ path, before, after }: Difference): boolean {
  const comment = path.indexOf("//");
  if (comment >= 0) return path[comment + 1] === "metadata";
  const [block, argument, , attribute] = path;
  if (block !== "terraform" || argument !== "required_providers") return false;
  return attribute === "version" || (attribute === "source" && qualified(before) === qualified(after));
}

/** A provider's source with the namespace that Terraform takes where none is named: the state knows it by that. */
function qualified(source: unknown): string {
  return String(source).includes("/") ? String(source) : `hashicorp/${source}`;
}

/** Such as `terraform.required_providers.aws.source: "aws" → "hashicorp/aws"`. */
export function renderDifference({ path, before, after }: Difference): string {
  const texts = [before, after].map((value) => (value === undefined ? "(none)" : JSON.stringify(value)));
  const start = Math.max(0, commonLength(texts) - VALUE_CONTEXT);
  const shown = texts.map((text) => {
    if (text.length <= VALUE_WIDTH) return text;
    const end = start + VALUE_WIDTH;
    return `${start > 0 ? "…" : ""}${text.slice(start, end)}${end < text.length ? "…" : ""}`;
  });
  return `${formatPath(path)}: ${shown.join(" → ")}`;
}

/** How many characters two texts have in common at their beginning. */
function commonLength([a = "", b = ""]: readonly string[]): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length += 1;
  return length;
}
