import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { pipeline } from "node:stream/promises";
import { UserError } from "@local/command-line/user-error";

/** The default port of the first function's debugger, as of debugpy's documentation. */
export const DEFAULT_DEBUG_PORT = 5678;

/** A process of the function. */
export interface Debuggee {
  /** The port of its debug adapter; `undefined` if it could not load the function. */
  readonly adapterPort: number | undefined;
  readonly hasEnded: boolean;
}

/**
 * A port at which debuggers attach to a function. It stays the same for all processes of the function: each connection leads to
 * the debug adapter of the current process.
 */
export class DebugPort {
  private readonly sockets = new Set<Socket>();
  private findDebuggee: (() => Promise<Debuggee | undefined>) | undefined;

  private constructor(private readonly server: Server) {
    server.on("connection", (client: Socket) => void this.join(client));
  }

  /** Opens a port; 0 takes any free one. Rejects if it cannot be used. */
  static async open(port: number): Promise<DebugPort> {
    const server = createServer().listen(port, "127.0.0.1");
    await once(server, "listening");
    // A debugger's port must not keep an ending process alive.
    return new DebugPort(server.unref());
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** @param findDebuggee finds or starts the function's process, and waits until the function is loaded */
  serve(findDebuggee: () => Promise<Debuggee | undefined>): void {
    this.findDebuggee = findDebuggee;
  }

  close(): void {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
  }

  private async join(client: Socket): Promise<void> {
    this.track(client);
    const debuggee = await this.findDebuggee?.();
    if (debuggee?.adapterPort === undefined || client.destroyed) {
      client.destroy();
      return;
    }
    const adapter = this.track(connect(debuggee.adapterPort, "127.0.0.1"));
    const answers = pipeline(adapter, (messages) => askToReturn(messages, debuggee), client);
    await Promise.allSettled([pipeline(client, adapter), answers]);
  }

  private track(socket: Socket): Socket {
    this.sockets.add(socket);
    // The other end may vanish at any time.
    return socket.on("error", () => {}).once("close", () => this.sockets.delete(socket));
  }
}

/**
 * Adds to the last message of a process that has ended that the debugger is to attach again: to the process with the saved code.
 * debugpy does so only for programs that it has started.
 * @see https://microsoft.github.io/debug-adapter-protocol/specification#Events_Terminated
 */
async function* askToReturn(messages: AsyncIterable<Buffer>, debuggee: Debuggee): AsyncGenerator<Buffer> {
  let bytes = Buffer.alloc(0);
  for await (const chunk of messages) {
    bytes = Buffer.concat([bytes, chunk]);
    for (let message = takeMessage(bytes); message; message = takeMessage(bytes)) {
      bytes = bytes.subarray(message.end);
      const { body } = message;
      const isLast = debuggee.hasEnded && body.includes('"terminated"');
      const event = isLast ? JSON.parse(body.toString()) : undefined;
      yield frame(
        event?.event === "terminated" ? Buffer.from(JSON.stringify({ ...event, body: { restart: true } })) : body,
      );
    }
  }
}

/** Reads the first message; `undefined` while it is incomplete. */
function takeMessage(bytes: Buffer): { readonly body: Buffer; readonly end: number } | undefined {
  const start = bytes.indexOf("\r\n\r\n") + 4;
  if (start < 4) return undefined;
  const end = start + Number(/Content-Length: *(\d+)/i.exec(bytes.subarray(0, start).toString())?.[1]);
  return end <= bytes.length ? { body: bytes.subarray(start, end), end } : undefined;
}

function frame(body: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`Content-Length: ${body.length}\r\n\r\n`), body]);
}

/** The ports of all functions' debuggers. */
export class DebugPorts {
  private constructor(private readonly opened: DebugPort[]) {}

  /** Opens the first function's port at once. Throws a UserError if it cannot be used. */
  static async open(first: number): Promise<DebugPorts> {
    const port = await DebugPort.open(first).catch(({ code }: NodeJS.ErrnoException) => {
      const reason = code === "EADDRINUSE" ? "is taken" : `cannot be used (${code})`;
      throw new UserError(`Port ${first} ${reason}; choose another one with --debug, where 0 takes any free one.`);
    });
    return new DebugPorts([port]);
  }

  private taken = 0;

  /** The port of a further function: the next free one. */
  async next(): Promise<DebugPort> {
    const index = this.taken;
    this.taken += 1;
    const opened = this.opened[index];
    if (opened) return opened;
    for (let port = (this.opened.at(-1)?.port ?? 0) + 1; ; port += 1) {
      try {
        const further = await DebugPort.open(port);
        this.opened.push(further);
        return further;
      } catch (error) {
        if (!["EADDRINUSE", "EACCES"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
      }
    }
  }

  close(): void {
    for (const port of this.opened) port.close();
  }
}
