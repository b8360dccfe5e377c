import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { setTimeout } from "node:timers/promises";
import { close, listen, readBody, serverUrl } from "@local/command-line/server";

const PATH = "/secret";

/** The parameters of an invocation's URL, its payload and the headers of the request. */
export interface Invocation {
  readonly arn: string;
  readonly version: string;
  readonly alias: string;
  readonly type: string;
  readonly service: string;
  readonly source: string;
  readonly payload: unknown;
  readonly headers: IncomingMessage["headers"];
}

type Handler = (invocation: Invocation, response: ServerResponse) => void | Promise<void>;

/** A process that the emulator passes invocations to. It runs no code. */
export class FunctionProcess {
  readonly invocations: Invocation[] = [];
  /** Answers the next invocations of the type RequestResponse. */
  handler: Handler = (_, response) => void response.end('"done"');

  private constructor(
    private readonly server: Server,
    private readonly registration: string,
  ) {
    server.on("request", (request, response) => void this.handle(request, response));
  }

  static async start(endpoint: string): Promise<FunctionProcess> {
    const process = new FunctionProcess(await listen(0, ""), `${endpoint}/_emulator/functions`);
    await process.register();
    return process;
  }

  async register(): Promise<void> {
    const url = `${serverUrl(this.server)}${PATH}`;
    const { status } = await fetch(this.registration, { method: "PUT", body: JSON.stringify({ url }) });
    if (status !== 200) throw new Error(`The registration is answered ${status}`);
  }

  async unregister(): Promise<void> {
    await fetch(this.registration, { method: "DELETE" });
  }

  /** Waits for an invocation that matches. Removes it and those before it. */
  async next(matches: (invocation: Invocation) => boolean = () => true): Promise<Invocation> {
    for (;;) {
      const place = this.invocations.findIndex(matches);
      if (place >= 0) return this.invocations.splice(0, place + 1).at(-1) as Invocation;
      await setTimeout(10);
    }
  }

  async end(): Promise<void> {
    await close(this.server);
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "", "http://127.0.0.1");
    const parameters = Object.fromEntries(url.searchParams) as Omit<Invocation, "payload" | "headers">;
    const payload = JSON.parse(String(await readBody(request, Number.POSITIVE_INFINITY)));
    if (parameters.type === "AliasChange") return void response.writeHead(204).end();
    const invocation = { ...parameters, payload, headers: request.headers };
    this.invocations.push(invocation);
    if (request.method !== "POST" || url.pathname !== PATH) response.writeHead(404).end();
    else if (invocation.type === "RequestResponse") await this.handler(invocation, response);
    else response.writeHead(invocation.type === "Event" ? 202 : 204).end();
  }
}
