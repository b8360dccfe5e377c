import pc from "picocolors";
import type { TerraformMessage } from "../terraform/terraform";

/** Where it is no terminal, a line that moves would fill a log; one without a width cannot tell lines apart. */
const IS_TERMINAL = process.stderr.isTTY && process.stderr.columns > 0;
const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const FRAME_MS = 100;

/** Shows one long step on standard error: a line that moves while it lasts (in a terminal), and its outcome. */
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

/** A step that is under way. */
export class Step {
  private readonly started = performance.now();
  private readonly timer = IS_TERMINAL ? setInterval(() => this.draw(), FRAME_MS) : undefined;
  /** The resources that Terraform is busy with, and since when. */
  private readonly pending = new Map<string, number>();
  private frame = 0;
  private note = "";
  private done = 0;
  private total = 0;

  constructor(private readonly title: string) {}

  /** Adds what came out of it to the last line. */
  says(note: string): void {
    this.note = note;
  }

  /** Follows a Terraform run: a line for each resource that is done, and what it is busy with. */
  readonly follow = (message: TerraformMessage): void => {
    // Data sources are read on the way; the plan does not count them.
    if (message.hook?.action === "read") return;
    const address = message.hook?.resource.addr ?? "";
    if (message.type === "change_summary" && message.changes?.operation === "plan") {
      this.total = message.changes.add + message.changes.change + message.changes.remove;
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

  /** Leaves the outcome as the last line. */
  end(mark: string): void {
    clearInterval(this.timer);
    this.print(
      `${mark} ${this.title}${this.note ? `: ${this.note}` : ""} ${pc.dim(`${secondsSince(this.started)} s`)}`,
    );
  }

  /** How many resources are done; of how many is not known of a saved plan. */
  private count(): string {
    return this.total ? `${this.done}/${this.total}` : String(this.done);
  }

  private print(line: string): void {
    console.error(`${IS_TERMINAL ? "\r\x1b[K" : ""}${line}`);
  }

  private draw(): void {
    this.frame = (this.frame + 1) % FRAMES.length;
    const [longest] = this.pending;
    const progress = this.done || this.total ? ` ${this.count()}` : "";
    const busy = longest ? ` ${longest[0]} ${Math.floor(Number(secondsSince(longest[1])))} s` : "";
    const line = `${FRAMES[this.frame]} ${this.title}${progress}${busy}`;
    process.stderr.write(`\r\x1b[K${line.slice(0, process.stderr.columns - 1)}`);
  }
}

function secondsSince(start: number): string {
  return ((performance.now() - start) / 1000).toFixed(1);
}
