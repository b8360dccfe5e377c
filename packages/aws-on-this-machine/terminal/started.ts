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

export const FIRST_REQUEST = { method: "POST", path: "/orders" };

/** The files and names for commands in another terminal. */
export interface StartedWith {
  readonly environmentScript: string;
  /** Terraform's name after that script. */
  readonly terraform: string;
  readonly stackFolder: string;
  /** The folder of the function's source, as it is shown. */
  readonly source: string;
  /** The issuer of the token that `FIRST_REQUEST` needs, if it needs one. */
  readonly tokenIssuer: string | undefined;
}

export function renderStarted(
  urls: Urls,
  { environmentScript, terraform, stackFolder, source, tokenIssuer }: StartedWith,
  outputs: object,
): string {
  const { api, console } = urls;
  const authorization = tokenIssuer === undefined ? "" : "-H 'authorization: Bearer <token>' ";
  return [
    `\n${pc.bold("Deployed")} ${pc.dim("(the outputs; their addresses exist on AWS only)")}`,
    ...Object.entries(outputs).map(([name, value]) => `  ${name.padEnd(22)} ${value}`),
    `\n${pc.bold("From another terminal")}`,
    `  npm run local -- requests${portOption(urls)}  ${pc.dim("# or tail, items, logs, schedule")}`,
    `  npm run local -- show <id>${portOption(urls)}  ${pc.dim("# or replay <id>, invoke <event.json>")}`,
    `  . ${environmentScript}  ${pc.dim("# AWS is the emulator there")}`,
    `  ${terraform} -chdir=${stackFolder} plan`,
    `\nSaving a file in ${source} updates the function.`,
    // Last, so that a small screen shows them.
    `\n${pc.bold("The console is at")}  ${pc.cyan(console)}  ${pc.dim("requests, log, metrics, items, alarms")}`,
    `\n${pc.bold("The API answers at")} ${pc.cyan(api)}`,
    ...(tokenIssuer === undefined ? [] : [`  It requires a token of ${tokenIssuer}: put one in place of <token>.`]),
    `  curl ${authorization}-H 'content-type: application/json' -d '{"hello": "world"}' ${api}${FIRST_REQUEST.path}`,
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
