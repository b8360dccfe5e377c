import pc from "picocolors";
import { cutMiddle } from "./printable";
import {
  ApplyProgress,
  describeSeconds,
  type Expectation,
  stuckAfter,
  type TerraformMessage,
} from "./terminal/apply-progress";
import { MovingLines } from "./terminal/moving-lines";

export type { Expectation, TerraformMessage };

/** A step that takes longer shows its duration. */
const LONG_SECONDS = 1;

/** The interval at which an apply without a terminal reports its progress, so that it does not seem dead. */
const SILENCE_MS = 15_000;

/** The interval at which a step looks for stuck resources. */
const LOOK_MS = 1000;

/** Between two looks, so many seconds are a sleep of the machine. */
const SLEPT_SECONDS = 5;

const movingLines = new MovingLines(process.stderr, [process.stdout]);

export interface StepOptions {
  /**
   * The usual duration.
   * @default - unknown
   */
  readonly expected?: Expectation;
  /**
   * Whether each finished resource has a line. Otherwise their number is enough.
   * @default true
   */
  readonly listsResources?: boolean;
  /**
   * The seconds after which the step is stuck.
   * @default - three times the expected seconds, and at least 60
   */
  readonly stuckSeconds?: number;
  /**
   * Returns why a resource takes much longer than expected, if that is known. With this option, a line names each such
   * resource.
   * @default - there are no such lines
   */
  readonly whyStuck?: () => string | undefined;
}

/** Shows the progress of a long step on standard error, in a terminal as a moving line, and then its outcome. */
export async function step<T>(title: string, work: (step: Step) => Promise<T>, options: StepOptions = {}): Promise<T> {
  const current = new Step(title, options);
  try {
    const result = await work(current);
    current.end(pc.green("✔"));
    return result;
  } catch (error) {
    current.end(pc.red("✖"));
    // A failure makes the steps beside this one pointless.
    movingLines.clear();
    throw error;
  }
}

export class Step {
  private readonly started = performance.now();
  private readonly progress: ApplyProgress;
  private readonly hide: () => void;
  private timer: NodeJS.Timeout | undefined;
  private readonly watch: NodeJS.Timeout | undefined;
  private limit: number;
  private looked = 0;
  private note = "";

  constructor(
    private readonly title: string,
    private readonly options: StepOptions,
  ) {
    this.progress = new ApplyProgress(options.expected);
    this.hide = movingLines.add((width) => this.draw(width));
    this.limit = options.stuckSeconds ?? stuckAfter(options.expected?.seconds);
    if (options.whyStuck) this.watch = setInterval(() => this.reportStuck(), LOOK_MS);
  }

  /** Sets the note on the step's moving line, and on its last one. */
  readonly setNote = (note: string): void => {
    this.note = note;
  };

  /** Shows the progress of one or more Terraform runs. */
  readonly follow = (message: TerraformMessage): void => {
    const finished = this.progress.take(message);
    if (message.diagnostic?.severity === "warning") {
      this.print(`  ${pc.yellow("Warning")}: ${message.diagnostic.summary}`);
    }
    if (this.options.listsResources === false) {
      this.reportWithoutTerminal();
    } else if (finished) {
      const seconds = `${message.hook?.elapsed_seconds ?? 0} s`;
      this.print(`  ${pc.dim(this.progress.count)} ${finished} ${pc.dim(seconds)}`);
    }
  };

  get seconds(): number {
    return (performance.now() - this.started) / 1000;
  }

  end(mark: string): void {
    this.hide();
    clearInterval(this.timer);
    clearInterval(this.watch);
    const { done } = this.progress;
    if (!this.note && this.options.listsResources === false && done > 0) this.note = `${done} resources`;
    this.print(`${mark} ${this.titleWithNote()} ${pc.dim(`${this.seconds.toFixed(1)} s`)}`);
  }

  /** Prints a line above the moving ones. */
  print(line: string): void {
    console.error(line);
  }

  private titleWithNote(): string {
    return this.note ? `${this.title}: ${this.note}` : this.title;
  }

  private reportWithoutTerminal(): void {
    if (movingLines.areShown || this.timer || !this.progress.hasBegun) return;
    const report = () => this.print(`  ${this.draw(Infinity)}`);
    report();
    this.timer = setInterval(report, SILENCE_MS);
  }

  private reportStuck(): void {
    const asleep = this.seconds - this.looked;
    this.looked = this.seconds;
    if (asleep > SLEPT_SECONDS) {
      this.limit += asleep;
      this.progress.postpone(asleep);
    }
    const stuck = this.progress.takeStuck();
    if (this.seconds >= this.limit) {
      stuck.push(`${this.title} ${describeSeconds(this.seconds, this.options.expected?.seconds)}`);
      this.limit *= 2;
    }
    const why = this.options.whyStuck?.();
    for (const each of stuck) this.print(`  ${pc.yellow("Stuck")}: ${each}${why ? `. ${why}` : ""}`);
  }

  private draw(width: number): string {
    const { progress, seconds } = this;
    const parts = [this.titleWithNote()];
    if (progress.hasBegun) parts.push(progress.count);
    if (seconds >= LONG_SECONDS) parts.push(describeSeconds(seconds, this.options.expected?.seconds));
    const line = parts.join("  ");
    const longest = progress.describeLongest(width - line.length - 2);
    return cutMiddle(longest ? `${line}  ${longest}` : line, width);
  }
}
