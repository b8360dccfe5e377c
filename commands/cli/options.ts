import { parseArgs } from "node:util";
import { UserError } from "./user-error";

/** Runs `parseArgs`, but throws a UserError for a wrong argument. */
export function parseOptions<T extends NonNullable<Parameters<typeof parseArgs>[0]>["options"]>(
  args: string[],
  options: T,
  allowPositionals = false,
) {
  try {
    return parseArgs({ args, options, allowPositionals });
  } catch (error) {
    throw new UserError(`${(error as Error).message.split(". ")[0]}; --help lists the options.`);
  }
}

/** The default port of `npm start`'s API. The console's default is the next port. */
export const DEFAULT_PORT = 3000;

/** @throws UserError if the text is not a port */
export function parsePort(option: string, text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new UserError(`${option} is ${text}; use a port from 1 to 65535, or 0 for any free one.`);
}

/** Sets `--offline` for this process and for what it starts. */
export function goOffline(): void {
  process.env.npm_config_offline = "true";
}

/** Whether nothing may be fetched. npm sets the variable for its own `--offline`, as in `npm test --offline`. */
export function isOffline(): boolean {
  return process.env.npm_config_offline === "true";
}
