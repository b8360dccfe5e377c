import { resolve } from "node:path";
import { DEFAULT_DEBUG_PORT } from "@local/aws-on-this-machine/function/debugging/debug-port";
import { start } from "@local/aws-on-this-machine/start/start";
import { startFolder } from "@local/aws-on-this-machine/start/terraform-folder";
import type { TestRequest } from "@local/aws-on-this-machine/system/running-system";
import {
  DEFAULT_PORT,
  goOffline,
  MAX_PORT,
  parseHost,
  parseOptions,
  parsePort,
  withDefault,
} from "@local/command-line/options";
import { runCommand } from "@local/command-line/process/run-command";
import { UserError } from "@local/command-line/user-error";
import { requireFolder } from "@local/terraform/folder/terraform-folder";
import { FunctionSource } from "../constructs/source/function-source";
import { APPLICATION } from "./application/application";

/**
 * `npm start`: deploys the system to an AWS emulator on this machine and runs it until Ctrl-C.
 *
 * package.json sets `--heap-growing-percent`. The data of a run is old when the store drops it. By
 * default, V8 lets such garbage take as much memory as the data in use.
 */
async function main(args: string[]): Promise<undefined> {
  const openSource = (folder: string) => new FunctionSource(folder);
  const { terraformFolder, variables, ...options } = readOptions(args);
  if (terraformFolder !== undefined) return startFolder({ terraformFolder, variables, ...options });
  return start({ application: APPLICATION, openSource, ...options });
}

function readOptions(args: string[]) {
  const { values } = parseOptions(withDefault(args, "--debug", String(DEFAULT_DEBUG_PORT)), {
    port: { type: "string" },
    host: { type: "string" },
    debug: { type: "string" },
    terraform: { type: "string" },
    var: { type: "string", multiple: true, default: [] },
    "var-file": { type: "string", multiple: true, default: [] },
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
  const host = values.host === undefined ? undefined : parseHost("--host", values.host);
  const debugPort = values.debug === undefined ? undefined : parsePort("--debug", values.debug);
  const folder = readFolder(values);
  return { port, consolePort, host, debugPort, once, isFresh: values.fresh, isVerbose: values.verbose, ...folder };
}

interface FolderValues {
  readonly terraform?: string | undefined;
  readonly var: readonly string[];
  readonly "var-file": readonly string[];
}

/** The folder of plain Terraform, and its variables as options of Terraform. npm changes the working directory. */
function readFolder({ terraform, var: assignments, "var-file": files }: FolderValues) {
  const fromUser = (path: string) => resolve(process.env.INIT_CWD ?? "", path);
  const variables = [
    ...files.map((file) => `-var-file=${fromUser(file)}`),
    ...assignments.map((each) => `-var=${each}`),
  ];
  if (terraform === undefined && variables.length > 0) throw new UserError("--var and --var-file need --terraform.");
  const wrong = assignments.find((each) => !/^[\w-]+=/.test(each));
  if (wrong !== undefined) throw new UserError(`--var is ${wrong}; use name=value.`);
  const terraformFolder = terraform === undefined ? undefined : requireFolder(fromUser(terraform));
  return { terraformFolder, variables };
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
