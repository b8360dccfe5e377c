import pc from "picocolors";
import { exitAfterOutput } from "./shutdown";
import { UserError } from "./user-error";

/**
 * Runs a command with its arguments, and ends the process with the exit code from `main`, or without one at a signal.
 * An error means exit code 1: a `UserError` is printed as a line, below its details; other errors with their stack trace.
 */
export function runCommand(main: (args: string[]) => Promise<number | undefined>): void {
  main(process.argv.slice(2)).then(
    (exitCode) => {
      if (exitCode !== undefined) void exitAfterOutput(exitCode);
    },
    (error: unknown) => {
      if (error instanceof UserError) for (const line of error.details) console.error(line);
      console.error(error instanceof UserError ? `${pc.red("Error")}: ${error.message}` : error);
      void exitAfterOutput(1);
    },
  );
}
