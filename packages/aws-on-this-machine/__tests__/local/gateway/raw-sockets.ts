import type { Server } from "node:http";
import { connect, type Socket } from "node:net";
import { serverUrl } from "@local/command-line/server";
import type { Outcome } from "../../../function/function-process";
import { EchoApi, STAGE as STAGE_OF_ECHO, until } from "../echo-api";

/** Lets more through at once than any test sends. */
const STAGE = {
  ...STAGE_OF_ECHO,
  DefaultRouteSettings: { ThrottlingRateLimit: 10_000, ThrottlingBurstLimit: 10_000 },
};

type Invoke = (event: string, requestId: string) => Promise<Outcome>;

/** One API, whose function answers with the event's path, unless a test has another. */
export class ServedGateway extends EchoApi {
  /** What the function got: method, path and body of each event. */
  readonly events: string[] = [];
  private readonly gates = new Map<string, { readonly opened: Promise<void>; readonly open: () => void }>();

  private constructor(private readonly answer: Invoke | undefined) {
    super();
  }

  static async start(invoke?: Invoke): Promise<ServedGateway> {
    const served = new ServedGateway(invoke);
    await served.serve({ stages: [STAGE] });
    return served;
  }

  get statuses(): number[] {
    return this.answered.map(({ answer }) => answer.status);
  }

  override async stop(): Promise<void> {
    for (const path of this.gates.keys()) this.open(path);
    await super.stop();
  }

  connect(): RawClient {
    return new RawClient(serverUrl(this.servers[0] as Server));
  }

  /** Sends bytes over a connection of their own; resolves to all that comes back until the gateway closes it. */
  async send(bytes: string): Promise<string> {
    const client = this.connect();
    client.write(bytes);
    return client.closed;
  }

  /** From now on, the function takes its time for a path. */
  hold(path: string): void {
    let open = () => {};
    const opened = new Promise<void>((done) => (open = done));
    this.gates.set(path, { opened, open });
  }

  /** Lets the function answer for a path that is held. */
  open(path: string): void {
    this.gates.get(path)?.open();
  }

  /** Resolves after the gateway has noticed that all clients are gone. */
  async deserted(): Promise<void> {
    let connections = 1;
    await until(() => {
      this.servers[0]?.getConnections((_error, all) => (connections = all));
      return connections === 0;
    });
  }

  protected override async invoke(event: string, requestId: string): Promise<Outcome> {
    const { requestContext, body = "", isBase64Encoded } = JSON.parse(event);
    const { method, path } = requestContext.http;
    const text = isBase64Encoded ? Buffer.from(body, "base64").toString() : body;
    this.events.push(`${method} ${path} ${text}`.trim());
    await this.gates.get(path)?.opened;
    return (
      this.answer?.(event, requestId) ?? { payload: JSON.stringify({ statusCode: 200, body: path }), isError: false }
    );
  }
}

/** A client that writes exactly these bytes. */
export class RawClient {
  /** What has come back. */
  received = "";
  /** What has come back in all, once the gateway has closed the connection. */
  readonly closed: Promise<string>;
  private readonly socket: Socket;

  constructor(url: string) {
    this.socket = connect({ port: Number(new URL(url).port), host: "127.0.0.1", allowHalfOpen: true });
    this.socket.setEncoding("latin1").on("data", (text: string) => {
      this.received += text;
    });
    // Writing to a connection that the gateway has closed fails.
    this.socket.on("error", () => {});
    this.socket.on("end", () => this.socket.end());
    this.closed = new Promise((done) => this.socket.once("close", () => done(this.received)));
  }

  write(bytes: string): void {
    this.socket.write(bytes, "latin1");
  }

  /** Says that nothing more will come; answers are still welcome. */
  finish(): void {
    this.socket.end();
  }

  /** Goes away in the orderly way, as the end of a program does. */
  leave(): void {
    this.socket.destroy();
  }

  /** Goes away as a cable that is cut does: with a reset. */
  reset(): void {
    this.socket.resetAndDestroy();
  }
}

/** A POST with a body. */
export function post(path: string, body = "{}", headers: readonly string[] = []): string {
  return request(`POST ${path} HTTP/1.1`, ["host: x", ...headers, `content-length: ${body.length}`], body);
}

/** A request line, headers and what follows. */
export function request(line: string, headers: readonly string[], rest = ""): string {
  return `${[line, ...headers].join("\r\n")}\r\n\r\n${rest}`;
}

/** The last request of a connection. */
export const LAST = post("/last", "", ["connection: close"]);

/** Each answer's status and, where it is the function's, the path in its body. */
export function answersIn(received: string): string[] {
  return [...received.matchAll(/HTTP\/1\.1 (\d+) .*?\r\n\r\n(\/[a-z0-9]+)?/gs)].map(([, status, path = ""]) =>
    `${status} ${path}`.trim(),
  );
}
