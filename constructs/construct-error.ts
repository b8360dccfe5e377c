import type { Construct } from "constructs";
import { addressOf } from "./address";

/** A mistake in a construct's props, in one line: the construct, the value and the allowed values. */
export class ConstructError extends Error {
  override readonly name = "ConstructError";

  constructor(construct: Construct, mistake: string) {
    super(`${addressOf(construct)}: ${mistake}`);
  }
}

/**
 * Throws a ConstructError unless a prop is `undefined` or a whole number within both limits.
 *
 * @param what the prop with its unit, such as `memoryMb (MB)`
 */
export function requireWithin(construct: Construct, what: string, value: number | undefined, min: number, max: number) {
  if (value === undefined || (Number.isInteger(value) && value >= min && value <= max)) return;
  throw new ConstructError(construct, `${what}: ${value} is not allowed; use a whole number from ${min} to ${max}`);
}
