import type { SQSClient } from "@aws-sdk/client-sqs";
import type { EventSourceProps } from "./event-source";

export async function emulatorSource({ aws, mapping }: EventSourceProps): Promise<EmulatorSource> {
  const endpoint = await findEndpoint(aws.sqs);
  if (!endpoint) throw new Error("Event sources are read from an emulator only");
  return new EmulatorSource(endpoint, mapping.EventSourceArn ?? "", mapping.UUID ?? "");
}

/** The emulator's endpoint; undefined if the client calls AWS itself. */
export async function findEndpoint({ config }: SQSClient): Promise<string | undefined> {
  const endpoint = await config.endpoint?.();
  return endpoint && `${endpoint.protocol}//${endpoint.hostname}:${endpoint.port}`;
}

/** The emulator's additions to AWS's API, for an event source. */
export class EmulatorSource {
  /** @param endpoint the emulator's */
  constructor(
    private readonly endpoint: string,
    private readonly arn: string,
    private readonly mapping: string,
  ) {}

  /**
   * Waits until the queue has a message to receive, or the stream has more records, or for a minute.
   *
   * @param seen what the last call has returned for a stream
   */
  async arrival(signal: AbortSignal, seen?: string): Promise<string | undefined> {
    const since = seen === undefined ? "" : `&seen=${encodeURIComponent(seen)}`;
    const { position } = await this.request(`arrivals?source=${encodeURIComponent(this.arn)}${since}`, { signal });
    return position;
  }

  /** How far the mapping has read each shard: iterators by the shard's id. The emulator's iterators do not expire. */
  async readCheckpoints(): Promise<Record<string, string>> {
    return this.request(`checkpoints?mapping=${this.mapping}`);
  }

  async writeCheckpoints(checkpoints: Readonly<Record<string, string>>): Promise<void> {
    await this.request(`checkpoints?mapping=${this.mapping}`, { method: "PUT", body: JSON.stringify(checkpoints) });
  }

  private async request(path: string, init?: RequestInit): Promise<Record<string, string>> {
    const answer = await fetch(`${this.endpoint}/_emulator/${path}`, init);
    const body = (await answer.json()) as Record<string, string>;
    if (!answer.ok) throw new Error(body.message);
    return body;
  }
}

/** Reports an error once, until there is another one or the work goes on. */
export class Faults {
  private last: string | undefined;

  constructor(
    private readonly name: string,
    private readonly props: Pick<EventSourceProps, "onNotice" | "isApplying">,
  ) {}

  report(error: unknown): void {
    // Terraform deletes a queue before its event source is known to be gone.
    if (this.props.isApplying?.()) return;
    const { message } = error as Error;
    if (message !== this.last) this.props.onNotice(`${this.name} cannot be read: ${message}`);
    this.last = message;
  }

  clear(): void {
    this.last = undefined;
  }
}
