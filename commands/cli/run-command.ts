import pc from "picocolors";
import { UserError } from "./user-error";

/**
 * Runs a command with its arguments, and ends the process with the exit code from `main`, or without one at a signal.
 * An error means exit code 1: a `UserError` is printed as a line, other errors with their stack trace.
 */
export function runCommand(main: (args: string[]) => Promise<number | undefined>): void {
  main(process.argv.slice(2)).then(
    (exitCode) => {
      // process.exit would cut off what a pipe has not taken yet.
      if (exitCode !== undefined) process.stdout.write("", () => process.exit(exitCode));
    },
    (error: unknown) => {
      console.error(error instanceof UserError ? `${pc.red("Error")}: ${error.message}` : error);
      process.exit(1);
    },
  );
}
