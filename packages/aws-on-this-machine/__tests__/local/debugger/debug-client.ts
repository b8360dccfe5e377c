import { once } from "node:events";
import { connect, type Socket } from "node:net";

// biome-ignore lint/suspicious/noExplicitAny: https://microsoft.github.io/debug-adapter-protocol/specification describes them
type Message = any;

interface Waiting {
  readonly matches: (message: Message) => boolean;
  readonly take: (message: Message) => void;
  readonly fail: (error: Error) => void;
}

/** An editor's side of the debug adapter protocol. */
export class DebugClient {
  private readonly received: Message[] = [];
  private readonly waiting: Waiting[] = [];
  private bytes = Buffer.alloc(0);
  private sent = 0;

  private constructor(private readonly socket: Socket) {
    const end = () => this.waiting.splice(0).map(({ fail }) => fail(new Error("The debugger was cut off.")));
    socket
      .on("error", () => {})
      .once("close", end)
      .on("data", (chunk) => {
        this.bytes = Buffer.concat([this.bytes, chunk]);
        this.read();
      });
  }

  /** Attaches with breakpoints, as an editor does. */
  static async attach(port: number, path: string, lines: readonly number[]): Promise<DebugClient> {
    const socket = connect(port, "127.0.0.1");
    await once(socket, "connect");
    const client = new DebugClient(socket);
    await client.ask("initialize", { adapterID: "python", pathFormat: "path", linesStartAt1: true });
    const attached = client.ask("attach", { connect: { host: "127.0.0.1", port } });
    await client.event("initialized");
    await client.ask("setBreakpoints", { source: { path }, breakpoints: lines.map((line) => ({ line })) });
    await client.ask("configurationDone");
    await attached;
    return client;
  }

  /** The body of the answer. Throws its message if it is a failure. */
  async ask(command: string, args: object = {}): Promise<Message> {
    this.sent += 1;
    const seq = this.sent;
    const text = JSON.stringify({ seq, type: "request", command, arguments: args });
    this.socket.write(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
    const answer = await this.find(({ type, request_seq }) => type === "response" && request_seq === seq);
    if (!answer.success) throw new Error(`${command}: ${answer.message}`);
    return answer.body;
  }

  /** The body of the next event of a kind. */
  async event(name: string): Promise<Message> {
    return (await this.find(({ type, event }) => type === "event" && event === name)).body;
  }

  /** Waits for a stop. Returns its thread, its frame and its place. */
  async stop() {
    const { threadId } = await this.event("stopped");
    const { stackFrames } = await this.ask("stackTrace", { threadId });
    const [{ id: frameId, line, source }] = stackFrames;
    return { threadId, frameId, line, path: source.path as string };
  }

  async close(): Promise<void> {
    if (this.socket.closed) return;
    this.socket.destroy();
    await once(this.socket, "close");
  }

  private async find(matches: (message: Message) => boolean): Promise<Message> {
    const index = this.received.findIndex(matches);
    if (index >= 0) return this.received.splice(index, 1)[0];
    return new Promise((take, fail) => this.waiting.push({ matches, take, fail }));
  }

  private read(): void {
    for (;;) {
      const end = this.bytes.indexOf("\r\n\r\n");
      if (end < 0) return;
      const length = Number(/Content-Length: (\d+)/i.exec(this.bytes.subarray(0, end).toString())?.[1]);
      if (this.bytes.length < end + 4 + length) return;
      const message = JSON.parse(this.bytes.subarray(end + 4, end + 4 + length).toString());
      this.bytes = this.bytes.subarray(end + 4 + length);
      const waiting = this.waiting.findIndex(({ matches }) => matches(message));
      if (waiting < 0) this.received.push(message);
      else this.waiting.splice(waiting, 1)[0]?.take(message);
    }
  }
}
