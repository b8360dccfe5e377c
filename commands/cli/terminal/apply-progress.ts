import { cutMiddle } from "../printable";

/** A message of Terraform: https://developer.hashicorp.com/terraform/internals/machine-readable-ui */
export interface TerraformMessage {
  readonly type: string;
  readonly diagnostic?: {
    severity: "error" | "warning";
    summary: string;
    detail: string;
    address?: string;
    /** Where in the configuration; the context is such as `check.healthy.assert`. */
    snippet?: { context: string | null };
  };
  readonly hook?: { resource: { addr: string }; action: string; elapsed_seconds?: number };
  readonly changes?: { add: number; change: number; remove: number; operation: string };
}

/** How long something usually takes, in seconds. */
export interface Expectation {
  /**
   * All of it.
   * @default - nobody knows
   */
  readonly seconds?: number;
  /** A resource, by its type; only what takes long. */
  readonly resources: Readonly<Record<string, number>>;
}

/** A resource that takes longer is named. */
const LONG_SECONDS = 3;

/** After how many seconds something is stuck that usually takes no time; and after how many times the usual time. */
const STUCK = { seconds: 60, times: 3 };

/** How far one or more applies have come. */
export class ApplyProgress {
  /** The number of changed resources. */
  done = 0;
  /** How long the slowest resource of each type took, in seconds. */
  readonly slowest: Record<string, number> = {};
  private total = 0;
  /** The start time of each resource that Terraform is working on. The map has the order of their starts. */
  private readonly pending = new Map<string, number>();
  /** When each of them is told to be stuck, or told again, in seconds from its start. */
  private readonly limits = new Map<string, number>();

  constructor(private readonly expected?: Expectation) {}

  /** Takes a message. Returns the address of a resource that is finished with it. */
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
      const name = typeOf(address);
      this.slowest[name] = Math.max(this.slowest[name] ?? 0, hook?.elapsed_seconds ?? 0);
      return address;
    }
    return undefined;
  }

  /** The resources that have just become stuck, or have been for twice as long as when they were returned last. */
  takeStuck(): string[] {
    return [...this.pending].flatMap(([address, started]) => {
      const seconds = (performance.now() - started) / 1000;
      const limit = this.limits.get(address) ?? 0;
      if (seconds < limit) return [];
      this.limits.set(address, 2 * limit);
      return `${address} ${describeSeconds(seconds, this.expected?.resources[typeOf(address)])}`;
    });
  }

  get hasBegun(): boolean {
    return this.done > 0 || this.total > 0 || this.pending.size > 0;
  }

  /** The finished resources. A saved plan does not report their total. */
  get count(): string {
    return this.total ? `${this.done}/${this.total}` : String(this.done);
  }

  /** The resource that takes longest, in at most so many characters; empty if none takes long. */
  describeLongest(width: number): string {
    const [address, started] = this.pending.entries().next().value ?? ["", 0];
    const seconds = Math.floor((performance.now() - started) / 1000);
    if (!address || seconds < LONG_SECONDS) return "";
    const duration = ` ${describeSeconds(seconds, this.expected?.resources[typeOf(address)])}`;
    return width > duration.length ? cutMiddle(address, width - duration.length) + duration : "";
  }
}

/** After how many seconds something is stuck. */
export function stuckAfter(expected = 0): number {
  return Math.max(STUCK.seconds, STUCK.times * expected);
}

/** Describes how much time has passed, and of how much. */
export function describeSeconds(seconds: number, expected?: number): string {
  return expected ? `${Math.floor(seconds)} s of about ${Math.round(expected)} s` : `${Math.floor(seconds)} s`;
}

/** The type in an address such as `module.name.aws_sqs_queue.name[0]`. */
function typeOf(address: string): string {
  return /(?:^|\.)([a-z][a-z0-9]*_\w+)\./.exec(address)?.[1] ?? address;
}
