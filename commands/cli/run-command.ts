import pc from "picocolors";
import { exitAfterOutput } from "./shutdown";
import { UserError } from "./user-error";

/**
 * Runs a command with its arguments, and ends the process with the exit code from `main`, or without one at a signal.
 * An error means exit code 1: a `UserError` is printed as a line, below its details; other errors with their stack trace.
 */
export function runCommand(main: (args: string[]) => Promise<number | undefined>): void {
  Object.assign(process.env, withoutLocalProxy());
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

/** The variables with which a program reaches this machine without the user's proxy. Programs differ in which one they read. */
export function withoutLocalProxy({ no_proxy, NO_PROXY }: NodeJS.ProcessEnv = process.env) {
  const given = no_proxy || NO_PROXY || "";
  // Programs read it as all hosts only where it stands alone.
  if (given.trim() === "*") return { NO_PROXY: "*", no_proxy: "*" };
  const hosts = given.split(",").map((host) => host.trim());
  const all = [...new Set([...hosts, "127.0.0.1", "localhost", "::1", "[::1]"])].filter(Boolean).join(",");
  return { NO_PROXY: all, no_proxy: all };
}
