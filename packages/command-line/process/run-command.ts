import pc from "picocolors";
import { UserError } from "../user-error";
import { explainFullDisk } from "./full-disk";
import { exitAfterOutput } from "./shutdown";

/**
 * Runs a command with its arguments, and ends the process with the exit code from `main`. If `main` returns none, the
 * process runs until a signal. After an error, the exit code is 1. A `UserError` is printed as a line below its details,
 * any other error with its stack trace.
 */
export function runCommand(main: (args: string[]) => Promise<number | undefined>): void {
  Object.assign(process.env, withoutLocalProxy());
  main(process.argv.slice(2)).then(
    (exitCode) => {
      if (exitCode !== undefined) void exitAfterOutput(exitCode);
    },
    (error: unknown) => {
      const full = explainFullDisk((error as Error).message);
      if (error instanceof UserError && !full) for (const line of error.details) console.error(line);
      const line = full ?? (error instanceof UserError ? error.message : undefined);
      console.error(line === undefined ? error : `${pc.red("Error")}: ${line}`);
      void exitAfterOutput(1);
    },
  );
}

/** The variables that keep requests to this machine from the user's proxy. A program reads one of them or the other. */
export function withoutLocalProxy({ no_proxy, NO_PROXY }: NodeJS.ProcessEnv = process.env) {
  const given = no_proxy || NO_PROXY || "";
  // `*` means all hosts only if it is the whole value.
  if (given.trim() === "*") return { NO_PROXY: "*", no_proxy: "*" };
  const hosts = given.split(",").map((host) => host.trim());
  const all = [...new Set([...hosts, "127.0.0.1", "localhost", "::1", "[::1]"])].filter(Boolean).join(",");
  return { NO_PROXY: all, no_proxy: all };
}
