import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { formatPath, isContainer } from "../commands/pipeline/json-value";
import { listFiles } from "../constructs/source/source-files";

/** Synthesized stacks by name: the content of cdk.tf.json, and the checksums of all other files by path. */
export type Stacks = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** A difference between two stacks. A missing value is `undefined`. */
export interface Difference {
  /** Such as `["resource", "aws_sqs_queue", "queue", "name"]`. */
  readonly path: readonly (string | number)[];
  readonly before: unknown;
  readonly after: unknown;
}

/** The maximum length of a value. A longer one, such as a dashboard, is cut around the difference. */
const VALUE_WIDTH = 200;
/** How many common characters a cut value shows before the difference. */
const VALUE_CONTEXT = 40;

/** Reads the stacks in an output folder. */
export function readStacks(outputFolder: string): Stacks {
  const folder = join(outputFolder, "stacks");
  const names = existsSync(folder) ? readdirSync(folder) : [];
  return Object.fromEntries(names.map((name) => [name, readStack(join(folder, name))]));
}

function readStack(folder: string): Stacks[string] {
  const entries = listFiles(folder).flatMap((file): [string, unknown][] => {
    const content = readFileSync(join(folder, file));
    if (file === "cdk.tf.json") return Object.entries(JSON.parse(content.toString()));
    return [[file, `sha256 ${createHash("sha256").update(content).digest("hex")}`]];
  });
  return Object.fromEntries(entries);
}

/** Finds the values that differ. The order of keys has no meaning for Terraform; the order of a list may have. */
export function findDifferences(before: unknown, after: unknown, path: Difference["path"] = []): Difference[] {
  if (!isContainer(before) || !isContainer(after) || Array.isArray(before) !== Array.isArray(after)) {
    return before === after ? [] : [{ path, before, after }];
  }
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].flatMap((key) =>
    findDifferences(before[key], after[key], [...path, Array.isArray(before) ? Number(key) : key]),
  );
}

/** Whether Terraform ignores a difference: in the CDK's metadata, a provider's version, or its source's spelling. */
export function isHarmless({ path, before, after }: Difference): boolean {
  const comment = path.indexOf("//");
  if (comment >= 0) return path[comment + 1] === "metadata";
  const [block, argument, , attribute] = path;
  if (block !== "terraform" || argument !== "required_providers") return false;
  return attribute === "version" || (attribute === "source" && qualified(before) === qualified(after));
}

/** A provider's source with its namespace. Terraform's default is `hashicorp`. */
function qualified(source: unknown): string {
  return String(source).includes("/") ? String(source) : `hashicorp/${source}`;
}

/** Formats a difference, such as `terraform.required_providers.aws.source: "aws" → "hashicorp/aws"`. */
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

function commonLength([a = "", b = ""]: readonly string[]): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length += 1;
  return length;
}
