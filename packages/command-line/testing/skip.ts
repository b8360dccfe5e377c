import { UserError } from "../user-error";

/** Kinds of tests that need more of the machine than Node.js, with their names. */
const KINDS = {
  E2E_SKIP: "End-to-end tests",
  PYTHON_SKIP: "Tests of the function and its runtime",
  DEBUGGER_SKIP: "Tests of the debugger",
  BROWSER_SKIP: "Tests in a browser",
} as const;

/** A kind of tests, by the variable that tells jest's workers to skip them. */
export type Kind = keyof typeof KINDS;

/**
 * Looks, in a set-up, for the needs of a kind of tests. If one is missing, one line says why, and the tests are skipped. With
 * `E2E=required`, that is a failure.
 *
 * @param find throws a UserError if the thing is missing
 * @returns `undefined` if it is missing
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

/** `describe`, if the machine has the needs of this kind of tests. */
export function describeUnlessSkipped(kind: Kind, name: string, tests: () => void): void {
  (process.env[kind] ? describe.skip : describe)(name, tests);
}
