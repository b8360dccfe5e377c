import { parseOptions } from "../cli/options";
import { UserError } from "../cli/user-error";
import type { TestRequest } from "./system";

/** What `npm start --` may be given. */
export interface StartOptions {
  /** Port of the API. @default 3000 */
  readonly port: number;
  /** Port of the console. @default the one after the API's */
  readonly consolePort: number;
  /** The single request after which everything ends. */
  readonly once?: TestRequest;
}

export const DEFAULT_PORT = 3000;

/** Reads the options of `npm start`; throws UserError with what is wrong. */
export function parseStartOptions(args: string[]): StartOptions {
  const { values } = parseOptions(args, {
    port: { type: "string" },
    "console-port": { type: "string" },
    once: { type: "string" },
  });
  // A single request needs no port that anybody knows.
  const port = parsePort("--port", values.port ?? String(values.once === undefined ? DEFAULT_PORT : 0));
  const consolePort = parsePort("--console-port", values["console-port"] ?? String(port && port + 1));
  return { port, consolePort, ...(values.once === undefined ? {} : { once: parseRequest(values.once) }) };
}

/** @throws UserError where it is no port */
export function parsePort(option: string, text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new UserError(`${option} is ${text}; use a port from 1 to 65535, or 0 for any free one.`);
}

/** Reads `METHOD /path body`. */
function parseRequest(text: string): TestRequest {
  const [, method, path, body] = /^([A-Z]+) (\/\S*)(?: (.+))?$/s.exec(text) ?? [];
  if (!method || !path)
    throw new UserError(`--once is ${text}; use METHOD /path body, such as 'POST /orders {"a":1}'.`);
  if (body && (method === "GET" || method === "HEAD")) throw new UserError(`--once: a ${method} request has no body.`);
  return { method, path, ...(body ? { body, headers: { "content-type": "application/json" } } : {}) };
}
