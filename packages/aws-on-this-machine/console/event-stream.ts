import type { ServerResponse } from "node:http";
import type { LogLine } from "../runs/run";
import type { Change, RunningSystem } from "../system/running-system";
import { SECURITY_HEADERS } from "./guards";

/** Changes within this time are sent together. */
const BATCH_MS = 50;

/**
 * The further pause before the next batch, for each change, and its maximum. A flood of rows is too fast to read, and drawing
 * them would take time from the requests.
 */
const PAUSE_MS = 20;
const MAX_PAUSE_MS = 1000;

/** The interval of the comments that keep an idle connection open, in milliseconds. */
const KEEP_OPEN_MS = 15_000;

/**
 * The maximum number of bytes that wait for a slow client. The stream cuts off a slower one. A browser then connects again
 * and loads the missed changes.
 */
const MAX_WAITING_BYTES = 4 * 1024 * 1024;

/** The maximum length of a batch's lines, in characters. Only the newest lines of a flood are sent. */
const MAX_BATCH_LENGTH = 1024 * 1024;

/** Sends the system's changes to browsers, as server-sent events. */
export class EventStream {
  private readonly clients = new Set<ServerResponse>();
  private unsubscribe: (() => void) | undefined;
  private keepOpen: NodeJS.Timeout | undefined;
  private timer: NodeJS.Timeout | undefined;
  private pauseEnd = 0;
  /** The next batch, with only the last state of each run. */
  private runs = new Map<string, object>();
  private lines: LogLine[] = [];
  private linesLength = 0;
  private summary: object[] = [];

  constructor(private readonly source: RunningSystem) {}

  /** Sends the changes from now on, until the client leaves. */
  serve(response: ServerResponse): void {
    response.writeHead(200, { ...SECURITY_HEADERS, "content-type": "text/event-stream; charset=utf-8" });
    response.write(": open\n\n");
    this.clients.add(response);
    response.once("close", () => this.remove(response));
    this.unsubscribe ??= this.source.subscribe((change) => this.take(change));
    this.keepOpen ??= setInterval(() => this.send(": still open\n\n"), KEEP_OPEN_MS);
  }

  private remove(response: ServerResponse): void {
    this.clients.delete(response);
    if (this.clients.size > 0) return;
    this.unsubscribe?.();
    this.unsubscribe = undefined;
    clearInterval(this.keepOpen);
    this.keepOpen = undefined;
  }

  private take(change: Change): void {
    if (change.type === "run") this.runs.set(change.run.id, change.run);
    else if (change.type === "summary") this.summary = [change.summary];
    else this.takeLine(change.line);
    this.timer ??= setTimeout(() => this.flush(), Math.max(BATCH_MS, this.pauseEnd - performance.now()));
  }

  private takeLine(line: LogLine): void {
    this.linesLength += line.raw.length;
    if (this.linesLength > MAX_BATCH_LENGTH) {
      this.lines = [];
      this.linesLength = line.raw.length;
    }
    this.lines.push(line);
  }

  private flush(): void {
    this.timer = undefined;
    const changes = this.runs.size + this.lines.length;
    this.pauseEnd = performance.now() + Math.min(MAX_PAUSE_MS, changes * PAUSE_MS);
    // A run's lines come before its end.
    const batch = { log: this.lines, run: [...this.runs.values()], summary: this.summary };
    this.runs = new Map();
    this.lines = [];
    this.linesLength = 0;
    this.summary = [];
    const events = Object.entries(batch)
      .filter(([, values]) => values.length > 0)
      // JSON has no line breaks, which would end an event.
      .map(([name, values]) => `event: ${name}\ndata: ${JSON.stringify(values)}\n\n`);
    this.send(events.join(""));
  }

  private send(text: string): void {
    const bytes = Buffer.from(text);
    for (const client of this.clients) {
      if (client.writableLength > MAX_WAITING_BYTES) client.destroy();
      else client.write(bytes);
    }
  }
}
