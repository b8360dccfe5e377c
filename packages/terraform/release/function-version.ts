import { isDeepStrictEqual } from "node:util";
import type { FunctionConfiguration } from "@aws-sdk/client-lambda";

/** The parts of a version with which it runs. */
const PARTS = ["CodeSha256", "Environment", "Handler", "Layers", "MemorySize", "Role", "Runtime", "Timeout"] as const;

/** Whether two versions of a function run the same code with the same configuration. */
export function runAlike(one: FunctionConfiguration, other: FunctionConfiguration): boolean {
  return PARTS.every((part) => isDeepStrictEqual(one[part], other[part]));
}
