import { UserError } from "@local/command-line/user-error";
import type { LogLine, RunSummary } from "../runs/run";
import { type Change, KEPT } from "../system/running-system";

export class ConsoleClient {
  /** @param url such as `http://127.0.0.1:3001` */
  constructor(readonly url: string) {}

  /** Throws a UserError with the server's message if it refuses. */
  async get<T>(path: string): Promise<T> {
    return this.call(path, {});
  }

  /** Throws a UserError with the server's message if it refuses. */
  async post<T>(path: string, body?: string): Promise<T> {
    return this.call(path, { method: "POST", body, headers: body ? { "content-type": "application/json" } : {} });
  }

  /**
   * Finds a run by its id, by the beginning of it, or by its address in the console. Throws a UserError if no run or
   * several runs match.
   */
  async findRun(text: string): Promise<string> {
    const [, inAddress] = /#run=([^&]+)/.exec(text) ?? [];
    const beginning = inAddress ? decodeURIComponent(inAddress) : text;
    const runs = await this.get<RunSummary[]>(`/api/runs?limit=${KEPT}`);
    const found = runs.map(({ id }) => id).filter((id) => id.startsWith(beginning));
    if (found.includes(beginning)) return beginning;
    const [id] = found;
    if (id && found.length === 1) return id;
    if (!id) throw new UserError(`No run's id begins with ${beginning}; npm run local -- requests lists the newest.`);
    throw new UserError(`The ids of ${found.length} runs begin with ${beginning}: ${found.slice(0, 5).join(", ")}.`);
  }

  /** Yields the system's changes until the system ends. */
  async *changes(): AsyncGenerator<Change> {
    const { body } = await this.fetch("/api/events", {});
    for await (const { event, data } of readEvents(body ?? new ReadableStream())) {
      for (const each of JSON.parse(data)) {
        if (event === "run") yield { type: event, run: each as RunSummary };
        if (event === "log") yield { type: event, line: each as LogLine };
      }
    }
  }

  private async call<T>(path: string, init: RequestInit): Promise<T> {
    const response = await this.fetch(path, init);
    return (await response.json().catch(() => this.refuseOther())) as T;
  }

  private async fetch(path: string, init: RequestInit): Promise<Response> {
    const response = await fetch(this.url + path, init).catch(() => {
      throw new UserError(`Nothing answers at ${this.url}; run npm start, or name its console with --console-port.`);
    });
    if (response.headers.has("apigw-requestid")) {
      throw new UserError(`${this.url} is the API of npm start; its console, usually at the next port, is meant.`);
    }
    if (response.ok) return response;
    const { message } = (await response.json().catch(() => this.refuseOther())) as { message?: string };
    throw new UserError(response.status === 503 ? `${message}` : `${this.url} answers ${response.status}: ${message}`);
  }

  private refuseOther(): never {
    throw new UserError(`${this.url} is not the console of npm start; name its port with --console-port.`);
  }
}

/** Reads server-sent events, each with one line of data, until the connection ends. */
async function* readEvents(body: AsyncIterable<Uint8Array>): AsyncGenerator<{ event: string; data: string }> {
  const decoder = new TextDecoder();
  let rest = "";
  try {
    for await (const chunk of body) {
      const events = (rest + decoder.decode(chunk, { stream: true })).split("\n\n");
      rest = events.pop() ?? "";
      for (const text of events) {
        // Only a line feed ends a line here, unlike for a dot or an m flag: JSON may hold U+2028.
        const [, event] = /(?:^|\n)event: ([^\n]+)/.exec(text) ?? [];
        const [, data] = /(?:^|\n)data: ([^\n]+)/.exec(text) ?? [];
        if (event && data) yield { event, data };
      }
    }
  } catch {
    // The connection was cut off.
  }
}
