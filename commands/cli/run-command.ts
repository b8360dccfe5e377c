import pc from "picocolors";
import { UserError } from "./user-error";

/**
 * Runs a command and ends the process: with the exit code that `main` returns, or with 1 and what went wrong, which is a
 * line for a `UserError` and the stack trace of anything else. Where `main` returns nothing, the command goes on until a
 * signal ends it.
 *
 * @param main takes the command's arguments
 */
export function runCommand(main: (args: string[]) => Promise<number | undefined>): void {
  main(process.argv.slice(2)).then(
    (exitCode) => {
      if (exitCode !== undefined) process.exit(exitCode);
    },
    (error: unknown) => {
      console.error(error instanceof UserError ? `${pc.red("Error")}: ${error.message}` : error);
      process.exit(1);
    },
  );
}
