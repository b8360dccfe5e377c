import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

// For the commands that a suite runs in jest's process: jest.mock puts this in place of the modules that export the same names.

/** The folder of the suite's checkout. */
export const PROJECT_FOLDER = join(mkdtempSync(join(tmpdir(), "checkout-")), "checkout");

/** The suite removes it with the checkout. jest's process may live for long. */
export function makeRunFolder(): string {
  return mkdtempSync(join(dirname(PROJECT_FOLDER), "run-"));
}
