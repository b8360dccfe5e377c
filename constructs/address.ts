import { createHash } from "node:crypto";
import { TerraformStack } from "cdktf";
import type { Construct } from "constructs";

/** A construct's path below its stack, such as `orders/dead-letters`. */
export function addressOf(construct: Construct): string {
  return construct.node.scopes
    .slice(TerraformStack.of(construct).node.scopes.length)
    .map(({ node }) => node.id)
    .join("/");
}

/** A construct's path as the id of another construct, such as `orders--dead-letters`. No two constructs of a stack share one. */
export function idOf(construct: Construct): string {
  return addressOf(construct).replaceAll("/", "--");
}

/** How many digits of a digest keep a shortened text unique. */
const DIGITS = 8;

/**
 * A text as AWS takes it in policy names and statement ids: letters, digits, hyphens and underscores. A digest keeps it
 * unique where it has other characters or is too long.
 *
 * @param max the most characters, above 10
 */
export function plainName(text: string, max: number): string {
  const plain = text.replace(/[^A-Za-z0-9_-]+/g, "-").replace(/^-+|-+$/g, "");
  if (plain === text && text.length <= max) return text;
  const digest = createHash("sha256").update(text).digest("hex").slice(0, DIGITS);
  return `${plain.slice(0, max - DIGITS - 1)}-${digest}`;
}
