import { UserError } from "../commands/cli/user-error";

/** Tests that need more of the machine than Node.js, and what they are called. */
const KINDS = {
  E2E_SKIP: "End-to-end tests",
  PYTHON_SKIP: "Tests of the function and its runtime",
  BROWSER_SKIP: "Tests in a browser",
} as const;

/** A kind of tests, by the variable that tells jest's workers to skip them. */
export type Kind = keyof typeof KINDS;

/**
 * Looks, in a set-up, for what a kind of tests needs. Where that is missing they are skipped, and one line says why; with
 * `E2E=required` it is a failure.
 *
 * @param find throws a UserError where it is missing
 * @returns nothing where it is missing
 */
export async function skipUnless<T>(kind: Kind, find: () => Promise<T>): Promise<T | undefined> {
  if (process.env[kind]) return undefined;
  try {
    return await find();
  } catch (error) {
    if (!(error instanceof UserError) || process.env.E2E === "required") throw error;
    process.env[kind] = "1";
    console.error(`${KINDS[kind]} are skipped: ${error.message}`);
    return undefined;
  }
}

/** `describe`, where the machine has what this kind of tests needs. */
export function describeUnlessSkipped(kind: Kind, name: string, tests: () => void): void {
  (process.env[kind] ? describe.skip : describe)(name, tests);
}
