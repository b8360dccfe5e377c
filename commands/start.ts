import { join } from "node:path";
import { start } from "@local/aws-on-this-machine/start/start";
import type { TestRequest } from "@local/aws-on-this-machine/system/running-system";
import { DEFAULT_PORT, goOffline, MAX_PORT, parseOptions, parsePort } from "@local/command-line/options";
import { runCommand } from "@local/command-line/process/run-command";
import { PROJECT_FOLDER } from "@local/command-line/project";
import { UserError } from "@local/command-line/user-error";
import { FunctionSource } from "../constructs/source/function-source";
import { APPLICATION } from "./application/application";

/**
 * `npm start`: deploys the system to an AWS emulator on this machine and runs it until Ctrl-C.
 *
 * package.json sets `--heap-growing-percent`. The data of a run is old when the store drops it. By
 * default, V8 lets such garbage take as much memory as the data in use.
 */
async function main(args: string[]): Promise<undefined> {
  const source = new FunctionSource(join(PROJECT_FOLDER, "lambda-src"));
  return start({ application: APPLICATION, source, ...readOptions(args) });
}

function readOptions(args: string[]) {
  const { values } = parseOptions(args, {
    port: { type: "string" },
    "console-port": { type: "string" },
    once: { type: "string" },
    header: { type: "string", multiple: true, default: [] },
    fresh: { type: "boolean", default: false },
    verbose: { type: "boolean", default: false },
    offline: { type: "boolean" },
  });
  if (values.offline) goOffline();
  if (values.header.length > 0 && values.once === undefined) throw new UserError("--header needs --once.");
  const once = values.once === undefined ? undefined : parseRequest(values.once, values.header);
  // A single request needs no known port.
  const port = parsePort("--port", values.port ?? String(once ? 0 : DEFAULT_PORT));
  if (port === MAX_PORT && !values["console-port"]) {
    throw new UserError(`--port is ${port}, after which there is none for the console; name one with --console-port.`);
  }
  const consolePort = parsePort("--console-port", values["console-port"] ?? String(port && port + 1));
  return { port, consolePort, once, isFresh: values.fresh, isVerbose: values.verbose };
}

function parseRequest(text: string, headerTexts: readonly string[]): TestRequest {
  const [, method, path, body] = /^([A-Z]+) (\/\S*)(?: (.+))?$/s.exec(text) ?? [];
  if (!method || !path) {
    throw new UserError(`--once is ${text}; use METHOD /path body, such as 'POST /orders {"a":1}'.`);
  }
  if (body && (method === "GET" || method === "HEAD")) throw new UserError(`--once: a ${method} request has no body.`);
  const headers = { ...(body ? { "content-type": "application/json" } : {}), ...parseHeaders(headerTexts) };
  return { method, path, headers, body };
}

function parseHeaders(texts: readonly string[]): Record<string, string> {
  const pairs = texts.map((text) => {
    const [, name = "", value = ""] = /^([\w-]+): *([\x20-\x7e]+)$/.exec(text) ?? [];
    if (!name) throw new UserError(`--header is ${text}; use 'name: value', such as 'authorization: Bearer <token>'.`);
    return [name.toLowerCase(), value];
  });
  return Object.fromEntries(pairs);
}

runCommand(main);
