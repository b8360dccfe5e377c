import { type IncomingHttpHeaders, request } from "node:http";
import { close, listen, readBody, serverUrl } from "@local/command-line/server";

/** A request that is on its way to AWS. */
export interface AwsRequest {
  readonly method: string;
  /** Path and query string. */
  readonly path: string;
  /** The operation as AWS names it, or method and path where the protocol does not name it. */
  readonly operation: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What a request is answered with instead of by AWS. */
export interface Refusal {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Stands between whoever talks to AWS and the emulator: sees each request, and can hold or refuse it. */
export class AwsProxy {
  /** Called before a request is passed on; what it returns is the answer. */
  before: (request: AwsRequest) => Promise<Refusal | undefined> | Refusal | undefined = () => undefined;
  /** Called once a request is answered. */
  after: (request: AwsRequest) => void = () => {};

  private constructor(
    readonly endpoint: string,
    readonly stop: () => Promise<void>,
  ) {}

  static async start(emulator: string): Promise<AwsProxy> {
    const server = await listen(0, "no option");
    const proxy = new AwsProxy(serverUrl(server), () => close(server));
    server.on("request", async (incoming, outgoing) => {
      const body = await readBody(incoming, Number.POSITIVE_INFINITY);
      if (typeof body === "string") return;
      const { method = "GET", url: path = "/", headers } = incoming;
      const operation = operationOf(headers, body) ?? `${method} ${path}`;
      const seen = { method, path, operation, headers, body: body.toString() };
      const instead = await proxy.before(seen);
      if (instead) {
        outgoing.writeHead(instead.status, { "content-type": "application/xml", ...instead.headers }).end(instead.body);
      } else {
        // The emulator answers only to its own name.
        const host = new URL(emulator).host;
        request(new URL(path, emulator), { method, headers: { ...headers, host } }, (answer) => {
          outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
          answer.pipe(outgoing);
          answer.once("end", () => proxy.after(seen));
        })
          .once("error", () => outgoing.destroy())
          .end(body);
      }
    });
    return proxy;
  }
}

/** The operation's name, which JSON protocols have in a header and query protocols in the body. */
function operationOf(headers: IncomingHttpHeaders, body: Buffer): string | undefined {
  const target = headers["x-amz-target"];
  if (typeof target === "string") return target.split(".").at(-1);
  return /(?:^|&)Action=(\w+)/.exec(body.toString("latin1"))?.[1];
}
