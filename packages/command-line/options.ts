import { isIP } from "node:net";
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
    throw new UserError(`${(error as Error).message.split(/\.\s/)[0]}; --help lists the options.`);
  }
}

/** Gives an option that stands alone in the arguments a value. */
export function withDefault(args: readonly string[], option: string, value: string): string[] {
  const isAlone = (index: number) => (args[index + 1] ?? "--").startsWith("--");
  return args.map((arg, index) => (arg === option && isAlone(index) ? `${option}=${value}` : arg));
}

/** The default port of `npm start`'s API. The console's default is the next port. */
export const DEFAULT_PORT = 3000;

export const MAX_PORT = 65_535;

/**
 * @param isNew whether a server will listen at the port, so that 0 may stand for any free one
 * @throws UserError if the text is not a port
 */
export function parsePort(option: string, text: string, isNew = true): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= MAX_PORT && (isNew || port > 0)) return port;
  throw new UserError(
    `${option} is ${text}; use a port from 1 to ${MAX_PORT}${isNew ? ", or 0 for any free one" : ""}.`,
  );
}

/** @throws UserError if the text is not an IP address */
export function parseHost(option: string, text: string): string {
  if (isIP(text)) return text;
  throw new UserError(`${option} is ${text}; use 0.0.0.0 for all addresses of this machine, or one of them.`);
}

/** @throws UserError if `--limit` is not a number of things to show */
export function parseLimit(text: string, max = Number.POSITIVE_INFINITY): number {
  const limit = Number(text);
  if (/^[1-9]\d*$/.test(text) && limit <= max) return limit;
  throw new UserError(
    `--limit is ${text}; use a whole number from 1${max < Number.POSITIVE_INFINITY ? ` to ${max}` : ""}.`,
  );
}

/** Sets `--offline` for this process and for its child processes. */
export function goOffline(): void {
  process.env.npm_config_offline = "true";
}

/** npm sets the variable for its own `--offline`, as in `npm test --offline`. */
export function isOffline(): boolean {
  return process.env.npm_config_offline === "true";
}
