import {
  type CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  type InputLogEvent,
  PutLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";

/** The wait of a line for further lines, in milliseconds. */
const FLUSH_MS = 250;

/** PutLogEvents' limits: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html */
const MAX_EVENTS = 10_000;
const MAX_BYTES = 1_048_576;
const EVENT_OVERHEAD_BYTES = 26;

export interface LogStreamProps {
  readonly logs: CloudWatchLogsClient;
  readonly logGroupName: string;
  readonly logStreamName: string;
  /**
   * Whether the log group is created with the first line if it is missing then.
   * @default - it is not
   */
  readonly createsGroup?: () => boolean;
  /** Called at the first failed request after a successful one, for example because the log group does not exist. */
  readonly onError: (error: Error) => void;
}

/** Writes lines in batches to a log stream, which it creates with the first line. */
export class LogStream {
  private queue: InputLogEvent[] = [];
  private timer: NodeJS.Timeout | undefined;
  /** The last request. Requests run one after the other, so that the lines keep their order. */
  private sending: Promise<void> = Promise.resolve();
  private isOpen = false;
  /** The reason for the loss of the latest lines. */
  failure: Error | undefined;

  constructor(private readonly props: LogStreamProps) {}

  write(message: string): void {
    // CloudWatch Logs refuses a batch with an empty event.
    this.queue.push({ timestamp: Date.now(), message: message || "\n" });
    this.timer ??= setTimeout(() => this.flush(), FLUSH_MS);
  }

  async flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    const { logGroupName, logStreamName } = this.props;
    for (const logEvents of batches(this.queue)) {
      const command = new PutLogEventsCommand({ logGroupName, logStreamName, logEvents });
      this.sending = this.sending.then(() => this.send(command));
    }
    this.queue = [];
    await this.sending;
  }

  private async send(command: PutLogEventsCommand): Promise<void> {
    try {
      if (!this.isOpen) await this.open();
      await this.props.logs.send(command);
      this.failure = undefined;
    } catch (error) {
      if (!this.failure) this.props.onError(error as Error);
      this.failure = error as Error;
    }
  }

  private async open(): Promise<void> {
    const { logs, logGroupName, logStreamName, createsGroup } = this.props;
    const create = () => logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName }));
    await create().catch(async (error: Error) => {
      // A function that was replaced had the same stream.
      if (error.name === "ResourceAlreadyExistsException") return;
      if (error.name !== "ResourceNotFoundException" || !createsGroup?.()) throw error;
      await logs.send(new CreateLogGroupCommand({ logGroupName }));
      await create();
    });
    this.isOpen = true;
  }
}

function batches(events: InputLogEvent[]): InputLogEvent[][] {
  const all: InputLogEvent[][] = [];
  let bytes = 0;
  for (const event of events) {
    const size = Buffer.byteLength(event.message ?? "") + EVENT_OVERHEAD_BYTES;
    let batch = all.at(-1);
    if (!batch || batch.length === MAX_EVENTS || bytes + size > MAX_BYTES) {
      batch = [];
      all.push(batch);
      bytes = 0;
    }
    batch.push(event);
    bytes += size;
  }
  return all;
}
