import { createSpinner } from "nanospinner";
import pc from "picocolors";
import type { TerraformMessage } from "./terraform";

/** Where it is no terminal, lines that move would fill a log; one without a width cannot tell lines apart. */
const IS_TERMINAL = process.stdout.isTTY && process.stdout.columns > 0;

// The spinner hides the cursor, and a signal may end the process before it can show it again.
if (IS_TERMINAL) process.on("exit", () => process.stdout.write("\x1b[?25h"));

/** Shows one long step: a line that moves while it lasts (in a terminal), and its outcome. */
export async function step<T>(title: string, work: (step: Step) => Promise<T>): Promise<T> {
  const current = new Step(title);
  try {
    const result = await work(current);
    current.finish();
    return result;
  } catch (error) {
    current.fail();
    throw error;
  }
}

export class Step {
  private readonly started = performance.now();
  private readonly spinner;
  private readonly pending = new Set<string>();
  private note = "";
  private done = 0;
  private total = 0;

  constructor(private readonly title: string) {
    this.spinner = createSpinner(title, { stream: process.stdout });
    if (IS_TERMINAL) this.spinner.start();
  }

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
      this.pending.add(address);
    } else if (message.type === "apply_complete") {
      this.pending.delete(address);
      this.done += 1;
      this.print(
        `  ${pc.dim(`${this.done}/${this.total}`)} ${address} ${pc.dim(`${message.hook?.elapsed_seconds ?? 0} s`)}`,
      );
    } else if (message.type === "apply_errored") {
      this.pending.delete(address);
    } else if (message.diagnostic?.severity === "warning") {
      this.print(`  ${pc.yellow("Warning")}: ${message.diagnostic.summary}`);
    }
    this.showPending(message.hook?.elapsed_seconds);
  };

  private showPending(seconds = 0): void {
    const [busy] = [...this.pending];
    const doing = busy ? `${busy} ${pc.dim(`${seconds} s`)}` : "";
    this.spinner.update({ text: `${this.title} ${pc.dim(`${this.done}/${this.total}`)} ${doing}` });
  }

  finish(): void {
    this.end(pc.green("✔"));
  }

  fail(): void {
    this.end(pc.red("✖"));
  }

  private end(mark: string): void {
    const seconds = ((performance.now() - this.started) / 1000).toFixed(1);
    this.spinner.stop();
    console.log(`${mark} ${this.title}${this.note ? `: ${this.note}` : ""} ${pc.dim(`${seconds} s`)}`);
  }

  private print(line: string): void {
    if (IS_TERMINAL) this.spinner.clear();
    console.log(line);
  }
}
