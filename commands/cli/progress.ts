import pc from "picocolors";

/** A moving line needs a terminal with a width. In a log, it would become many lines. */
const IS_TERMINAL = process.stderr.isTTY && process.stderr.columns > 0;
const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const FRAME_MS = 100;

/** A message of Terraform: https://developer.hashicorp.com/terraform/internals/machine-readable-ui */
export interface TerraformMessage {
  readonly type: string;
  readonly diagnostic?: { severity: "error" | "warning"; summary: string; detail: string; address?: string };
  readonly hook?: { resource: { addr: string }; action: string; elapsed_seconds?: number };
  readonly changes?: { add: number; change: number; remove: number; operation: string };
}

/** Shows the progress of a long step on standard error, in a terminal as a moving line, and then its outcome. */
export async function step<T>(title: string, work: (step: Step) => Promise<T>): Promise<T> {
  const current = new Step(title);
  try {
    const result = await work(current);
    current.end(pc.green("✔"));
    return result;
  } catch (error) {
    current.end(pc.red("✖"));
    throw error;
  }
}

/** A running step. */
export class Step {
  private readonly started = performance.now();
  private readonly timer = IS_TERMINAL ? setInterval(() => this.draw(), FRAME_MS) : undefined;
  /** The start time of each resource that Terraform is working on. */
  private readonly pending = new Map<string, number>();
  private frame = 0;
  private note = "";
  private done = 0;
  private total = 0;

  constructor(private readonly title: string) {}

  /** Sets the note on the step's moving line, and on its last one. */
  readonly setNote = (note: string): void => {
    this.note = note;
  };

  /** Shows the progress of one or more Terraform runs, with a line for each finished resource. */
  readonly follow = (message: TerraformMessage): void => {
    // The plan does not count data sources.
    if (message.hook?.action === "read") return;
    const address = message.hook?.resource.addr ?? "";
    if (message.type === "change_summary" && message.changes?.operation === "plan") {
      // Two stacks can be applied at once.
      this.total += message.changes.add + message.changes.change + message.changes.remove;
    } else if (message.type === "apply_start") {
      this.pending.set(address, performance.now());
    } else if (message.type === "apply_complete") {
      this.pending.delete(address);
      this.done += 1;
      const seconds = `${message.hook?.elapsed_seconds ?? 0} s`;
      this.print(`  ${pc.dim(this.count())} ${address} ${pc.dim(seconds)}`);
    } else if (message.type === "apply_errored") {
      this.pending.delete(address);
    } else if (message.diagnostic?.severity === "warning") {
      this.print(`  ${pc.yellow("Warning")}: ${message.diagnostic.summary}`);
    }
  };

  end(mark: string): void {
    clearInterval(this.timer);
    this.print(`${mark} ${this.titleWithNote()} ${pc.dim(`${secondsSince(this.started)} s`)}`);
  }

  private titleWithNote(): string {
    return this.note ? `${this.title}: ${this.note}` : this.title;
  }

  /** The finished resources. A saved plan does not report their total. */
  private count(): string {
    return this.total ? `${this.done}/${this.total}` : String(this.done);
  }

  /** Prints a line without breaking into the moving one. */
  print(line: string): void {
    console.error(`${IS_TERMINAL ? "\r\x1b[K" : ""}${line}`);
  }

  private draw(): void {
    this.frame = (this.frame + 1) % FRAMES.length;
    const [longest] = this.pending;
    const progress = this.done || this.total ? ` ${this.count()}` : "";
    const busy = longest ? ` ${longest[0]} ${Math.floor(Number(secondsSince(longest[1])))} s` : "";
    const line = `${FRAMES[this.frame]} ${this.titleWithNote()}${progress}${busy}`;
    process.stderr.write(`\r\x1b[K${line.slice(0, process.stderr.columns - 1)}`);
  }
}

function secondsSince(start: number): string {
  return ((performance.now() - start) / 1000).toFixed(1);
}
