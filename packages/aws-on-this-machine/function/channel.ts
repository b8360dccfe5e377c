import type { Duplex } from "node:stream";
import { z } from "zod";

const messageHead = z.object({
  /** The id of the event that this answers. */
  id: z.string(),
  isError: z.boolean(),
  /** The process's maximum memory until now, in MB. */
  usedMemoryMb: z.number(),
  /** The place in the function's code that keeps it from loading, such as `index.py:12`. */
  location: z.string().nullish(),
  /** The port of the process's debug adapter, if it has one. */
  adapterPort: z.number().nullish(),
});

const errorBody = z.object({ errorType: z.string(), errorMessage: z.string() });

/** A message from a function's process. An error's body is JSON. */
export interface Message extends z.infer<typeof messageHead> {
  readonly body: string;
}

/** The lengths of a message's head and body, 4 bytes each. */
const PREFIX_BYTES = 8;
const MAX_HEAD_BYTES = 4096;

/** More than Lambda's limit for a result, which bootstrap.py keeps. */
const MAX_BODY_BYTES = 7 * 1024 * 1024;

/** The time, in milliseconds, in which a process with an event must end after it has closed its end of the channel. */
const END_MS = 1000;

/** Exchanges messages with bootstrap.py. Trusts no message, because the function can write to the stream. */
export class Channel {
  private lengths: { readonly head: number; readonly body: number } | undefined;
  private endTimer: NodeJS.Timeout | undefined;
  private waiting: { readonly id: string; readonly take: (message?: Message) => void } | undefined;

  /** @param onFault called with the reason why no further message can come, but not for the process's end */
  constructor(
    private readonly stream: Duplex,
    private readonly onFault: (reason: string) => void,
  ) {
    // Writing to a process that has just ended fails.
    stream.on("error", () => {});
    stream.on("readable", () => this.read());
    stream.on("end", () => {
      this.endTimer = setTimeout(() => onFault("closed the runtime's channel"), this.waiting ? END_MS : 0);
    });
  }

  send(head: object, body: string): void {
    const parts = [Buffer.from(JSON.stringify(head)), Buffer.from(body)] as const;
    const prefix = Buffer.alloc(PREFIX_BYTES);
    prefix.writeUInt32BE(parts[0].length, 0);
    prefix.writeUInt32BE(parts[1].length, 4);
    this.stream.write(Buffer.concat([prefix, ...parts]));
  }

  /** Waits for the next message, which must have this id. Resolves to undefined once the channel is closed. */
  async receive(id: string): Promise<Message | undefined> {
    if (this.stream.destroyed) return undefined;
    return new Promise((take) => {
      this.waiting = { id, take };
    });
  }

  close(): void {
    clearTimeout(this.endTimer);
    this.stream.destroy();
    this.waiting?.take();
  }

  private read(): void {
    this.lengths ??= this.readLengths();
    if (!this.lengths) return;
    const { head, body } = this.lengths;
    const content = this.readBytes(head + body);
    if (!content) return;
    this.lengths = undefined;
    const message = parse(content.subarray(0, head), content.subarray(head));
    const { waiting } = this;
    if (message && message.id === waiting?.id) {
      this.waiting = undefined;
      waiting.take(message);
      this.read();
    } else {
      this.onStray();
    }
  }

  private readLengths() {
    // Bytes without a wait for a message are a fault, even if they are fewer than a prefix.
    const prefix = this.readBytes(this.waiting ? PREFIX_BYTES : 1);
    if (!prefix) return undefined;
    const lengths = this.waiting && { head: prefix.readUInt32BE(0), body: prefix.readUInt32BE(4) };
    if (lengths?.head && lengths.head <= MAX_HEAD_BYTES && lengths.body <= MAX_BODY_BYTES) return lengths;
    this.onStray();
    return undefined;
  }

  private onStray(): void {
    this.onFault("wrote to the runtime's channel");
  }

  /** Reads exactly that many bytes; undefined until they are there. */
  private readBytes(count: number): Buffer | undefined {
    const bytes: Buffer | null = this.stream.read(count);
    // The end may come after fewer bytes.
    return bytes?.length === count ? bytes : undefined;
  }
}

function parse(head: Buffer, body: Buffer): Message | undefined {
  try {
    const message = { ...messageHead.parse(JSON.parse(head.toString())), body: body.toString() };
    if (message.isError) errorBody.parse(JSON.parse(message.body));
    return message;
  } catch {
    return undefined;
  }
}
