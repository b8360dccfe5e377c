import { cutMiddle } from "../printable";

/** A message of Terraform: https://developer.hashicorp.com/terraform/internals/machine-readable-ui */
export interface TerraformMessage {
  readonly type: string;
  readonly diagnostic?: {
    severity: "error" | "warning";
    summary: string;
    detail: string;
    address?: string;
    /** A file by its path from the folder of Terraform's run, and a line from 1. */
    range?: { filename: string; start: { line: number } };
    /** The place in the configuration, with a context such as `check.healthy.assert`. */
    snippet?: { context: string | null };
  };
  readonly hook?: {
    resource: { addr: string; resource_type: string };
    action: string;
    elapsed_seconds?: number;
    /** The id of a resource whose apply is complete. */
    id_value?: string;
  };
  /** A change of a plan. */
  readonly change?: { resource: { addr: string; resource_type: string }; action: string };
  readonly changes?: { add: number; change: number; remove: number; operation: string };
}

/** Usual durations, in seconds. */
export interface Expectation {
  /**
   * The duration of the whole step.
   * @default - unknown
   */
  readonly seconds?: number;
  /** The durations of slow resources, by type. */
  readonly resources: Readonly<Record<string, number>>;
}

/** The moving line names a resource that takes longer. */
const LONG_SECONDS = 3;

/** A resource is stuck after these seconds and this multiple of its usual duration. */
const STUCK = { seconds: 60, times: 3 };

export class ApplyProgress {
  /** The number of changed resources. */
  done = 0;
  private total = 0;
  /** The start time of each resource that Terraform is working on. The map has the order of their starts. */
  private readonly pending = new Map<string, number>();
  /** The age at which `takeStuck` returns each resource next, in seconds. */
  private readonly limits = new Map<string, number>();

  constructor(private readonly expected?: Expectation) {}

  /** Takes a message. If it ends the work on a resource, returns that resource's address. */
  take({ type, hook, changes }: TerraformMessage): string | undefined {
    // The plan does not count data sources.
    if (hook?.action === "read") return undefined;
    const address = hook?.resource.addr ?? "";
    if (type === "change_summary" && changes?.operation === "plan") {
      this.total += changes.add + changes.change + changes.remove;
    } else if (type === "apply_start") {
      this.pending.set(address, performance.now());
      this.limits.set(address, stuckAfter(this.expected?.resources[typeOf(address)]));
    } else if (type === "apply_errored") {
      this.pending.delete(address);
    } else if (type === "apply_complete") {
      this.pending.delete(address);
      this.done += 1;
      return address;
    }
    return undefined;
  }

  /** Returns the resources that have just become stuck, and each again when its time has doubled. */
  takeStuck(): string[] {
    return [...this.pending].flatMap(([address, started]) => {
      const seconds = (performance.now() - started) / 1000;
      const limit = this.limits.get(address) ?? 0;
      if (seconds < limit) return [];
      this.limits.set(address, 2 * limit);
      return `${address} ${describeSeconds(seconds, this.expected?.resources[typeOf(address)])}`;
    });
  }

  /** Takes the seconds that the machine was asleep. */
  postpone(seconds: number): void {
    for (const [address, limit] of this.limits) this.limits.set(address, limit + seconds);
  }

  get hasBegun(): boolean {
    return this.done > 0 || this.total > 0 || this.pending.size > 0;
  }

  /** The finished resources. A saved plan does not report their total. */
  get count(): string {
    return this.total ? `${this.done}/${this.total}` : String(this.done);
  }

  /** Names the resource that takes longest, in at most so many characters; empty if none takes long. */
  describeLongest(width: number): string {
    const [address, started] = this.pending.entries().next().value ?? ["", 0];
    const seconds = Math.floor((performance.now() - started) / 1000);
    if (!address || seconds < LONG_SECONDS) return "";
    const duration = ` ${describeSeconds(seconds, this.expected?.resources[typeOf(address)])}`;
    return width > duration.length ? cutMiddle(address, width - duration.length) + duration : "";
  }
}

/** Takes and returns seconds. */
export function stuckAfter(expected = 0): number {
  return Math.max(STUCK.seconds, STUCK.times * expected);
}

export function describeSeconds(seconds: number, expected?: number): string {
  return expected ? `${Math.floor(seconds)} s of about ${Math.round(expected)} s` : `${Math.floor(seconds)} s`;
}

/** The type in an address such as `module.name.aws_sqs_queue.name[0]`. */
function typeOf(address: string): string {
  return /(?:^|\.)([a-z][a-z0-9]*_\w+)\./.exec(address)?.[1] ?? address;
}
