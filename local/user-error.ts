import pc from "picocolors";

/** A failure that the person at the terminal can mend: its message is shown as it is, without a stack trace. */
export class UserError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "UserError";
  }
}

/** Tells what went wrong and ends the process with 1: a line for a `UserError`, the stack trace of anything else. */
export function exitWithError(error: unknown): never {
  console.error(error instanceof UserError ? `${pc.red("Error")}: ${error.message}` : error);
  process.exit(1);
}
