import { DEFAULT_PORT } from "@local/command-line/options";
import pc from "picocolors";
import type { TestRequest } from "../system/running-system";

export interface Urls {
  readonly api: string;
  readonly console: string;
}

/** The option with which `npm run local` finds a system. */
export function portOption({ console }: Urls): string {
  const { port } = new URL(console);
  return Number(port) === DEFAULT_PORT + 1 ? "" : ` --console-port ${port}`;
}

/** A request that an API with these routes takes, for a route with few variables. */
export function firstRequest(routes: readonly string[]): Pick<TestRequest, "method" | "path"> {
  const variables = (routeKey: string) => routeKey.split("{").length;
  // Browsers alone send OPTIONS.
  const [first] = routes
    .filter((routeKey) => routeKey !== "$default" && !routeKey.startsWith("OPTIONS "))
    .sort((one, other) => variables(one) - variables(other) || one.localeCompare(other));
  if (first === undefined) return { method: "POST", path: "/orders" };
  const [method = "", path = ""] = first.split(" ");
  return { method: method === "ANY" ? "POST" : method, path: path.replace(/\{[^}]*\}/g, "1") };
}

/** The files and names for commands in another terminal. */
export interface StartedWith {
  readonly environmentScript: string;
  /** Terraform's name after that script. */
  readonly terraform: string;
  readonly stackFolder: string;
  /** The folders of the functions' sources, as they are shown. */
  readonly sources: readonly string[];
  /** The files and folders of the stacks. */
  readonly stackSources: readonly string[];
  /** A first request; `undefined` without an API. */
  readonly request: Pick<TestRequest, "method" | "path"> | undefined;
  /** The domains of all APIs, with the paths there, such as `api.example.com/orders`. */
  readonly domains: readonly string[];
  /** The issuer of the token that this request needs, if it needs one. */
  readonly tokenIssuer: string | undefined;
  /** The ports of the functions' debuggers, by the functions' names. */
  readonly debugPorts: readonly (readonly [functionName: string, port: number])[];
  /** The URLs of the API for other machines; none if only this machine reaches it. */
  readonly urlsForOthers: readonly string[];
}

/** The outputs of a system. They are known once all of it is deployed. */
export function renderOutputs(outputs: Readonly<Record<string, string>>): string {
  return [
    `\n${pc.bold("Deployed")} ${pc.dim("(the outputs; their addresses exist on AWS only)")}`,
    ...Object.entries(outputs).map(([name, value]) => `  ${name.padEnd(22)} ${value}`),
  ].join("\n");
}

export function renderStarted(urls: Urls, started: StartedWith, outputs: Readonly<Record<string, string>>): string {
  const { environmentScript, terraform, stackFolder, sources, stackSources, debugPorts, urlsForOthers } = started;
  const { console } = urls;
  return [
    ...(Object.keys(outputs).length > 0 ? [renderOutputs(outputs)] : []),
    `\n${pc.bold("From another terminal")}`,
    `  npm run local -- requests${portOption(urls)}  ${pc.dim("# or tail, items, queues, functions, logs, schedule")}`,
    `  npm run local -- show <id>${portOption(urls)}  ${pc.dim("# or replay <id>, invoke <event.json>")}`,
    `  . ${environmentScript}  ${pc.dim("# AWS is the emulator there")}`,
    `  ${terraform} -chdir=${stackFolder} plan`,
    ...(sources.length > 0 ? [`\nSaving a file in ${sources.join(", ")} updates its function.`] : []),
    ...(stackSources.length > 0 ? [`Saving ${stackSources.join(", ")} applies the stacks.`] : []),
    ...debugPorts.map(renderDebugPort),
    ...(urlsForOthers.length > 0 ? [renderOpened(urlsForOthers)] : []),
    // Last, so that a small screen shows them.
    `\n${pc.bold("The console is at")}  ${pc.cyan(console)}  ${pc.dim("requests, log, metrics, items, alarms")}`,
    renderApi(urls, started),
  ].join("\n");
}

export function renderDebugPort([functionName, port]: StartedWith["debugPorts"][number]): string {
  return `A debugger can attach to ${functionName} at 127.0.0.1:${port}.`;
}

function renderApi(urls: Urls, { request, tokenIssuer, domains }: StartedWith): string {
  if (!request) return "There is no HTTP API.";
  const token = `$(npm run --silent local -- token${portOption(urls)})`;
  const authorization = tokenIssuer === undefined ? "" : `-H "authorization: Bearer ${token}" `;
  const body = request.method === "POST" ? `-H 'content-type: application/json' -d '{"hello": "world"}' ` : "";
  const method = ["GET", "POST"].includes(request.method) ? "" : `-X ${request.method} `;
  return [
    `\n${pc.bold("The API answers at")} ${pc.cyan(urls.api)}`,
    ...(tokenIssuer === undefined
      ? []
      : [`  It requires a token of ${tokenIssuer}, or one of npm run local -- token.`]),
    `  curl ${authorization}${method}${body}${urls.api}${request.path}`,
    ...domains.map((domain) => renderDomain(urls, domain)),
  ].join("\n");
}

/** The call of a domain, which no name server leads to this machine. */
export function renderDomain({ api }: Pick<Urls, "api">, domain: string): string {
  const [host, ...path] = domain.split("/");
  return `  For https://${domain}: curl -H 'host: ${host}' ${[api, ...path].join("/")}`;
}

function renderOpened(urls: readonly string[]): string {
  return [
    `${pc.yellow("Warning")}: --host opens the API to each machine and container that reaches these addresses:`,
    ...urls.map((url) => `  ${url}`),
    "  Its callers run the functions, and these read and write what you can. The console, the emulator and the debuggers stay closed.",
  ].join("\n");
}

export function renderHint(urls: Urls, id: string, short: string): string {
  const link = `${urls.console}/#run=${encodeURIComponent(id)}`;
  return `All of it: npm run local -- show ${short}${portOption(urls)}\n${" ".repeat(11)}${link}`;
}

/** Says why the request of `--once` was not processed, and, if it has no token, how to give it one. */
export function renderRefusal(
  { headers = {} }: Pick<TestRequest, "headers">,
  status: number,
  error: string | undefined,
): string {
  if (status < 400) return "The request stored no item.";
  if (status !== 401 || error === undefined) return `The request was answered ${status}.`;
  const remedy = "authorization" in headers ? "" : " Add --header 'authorization: Bearer <token>'.";
  return `The request was answered ${status}: ${error}.${remedy}`;
}
