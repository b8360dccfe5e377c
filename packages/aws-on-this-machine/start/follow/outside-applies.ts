import { parseState, type State } from "@local/terraform/run/terraform";

/** The time until the next try, in milliseconds. */
const RETRY_MS = 2000;

export interface OutsideAppliesProps {
  /** Reads the file with the system's state; empty if there is none. */
  readonly read: () => Promise<string>;
  /** Called with a state that others have written. If it fails, it is called again, until it succeeds. */
  readonly onApplied: (state: State | undefined) => Promise<unknown>;
  /** Called with a line for the user. */
  readonly onNotice: (notice: string) => void;
}

/**
 * Follows the applies of others: of another checkout, or of Terraform in another terminal. They take turns with the applies of
 * this process, whose writes of the state count as seen.
 */
export class OutsideApplies {
  private seen: string | undefined;
  private begun!: () => void;
  private work: Promise<unknown> = new Promise<void>((done) => {
    this.begun = done;
  });
  private isDue = false;
  private isEnded = false;
  private lastFailure: string | undefined;

  constructor(private readonly props: OutsideAppliesProps) {}

  /** Call it after each write of the state. Returns at once. */
  readonly look = (): void => {
    if (this.isDue) return;
    this.isDue = true;
    void this.inTurn(() => this.follow());
  };

  /** Follows writes from now on, also those that came before. */
  begin(): void {
    this.begun();
    // The emulator may not have told all of them.
    this.look();
  }

  /** Reads the state that the caller then serves. */
  async readOwn(): Promise<State | undefined> {
    this.seen = await this.props.read();
    return parse(this.seen);
  }

  /** Does the work that may apply. Meanwhile, no apply of others is followed. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.work.then(work);
    this.work = done.catch(() => {});
    return done;
  }

  end(): void {
    this.isEnded = true;
  }

  private async follow(): Promise<void> {
    const { read, onApplied, onNotice } = this.props;
    // A write after this one needs a look of its own.
    this.isDue = false;
    if (this.isEnded) return;
    try {
      const text = await read();
      if (text === this.seen) return;
      await onApplied(parse(text));
      this.seen = text;
      this.lastFailure = undefined;
      onNotice("Another apply has changed the system. npm start serves it as it is now.");
    } catch (error) {
      const { message } = error as Error;
      if (message !== this.lastFailure) onNotice(`npm start does not serve yet what another apply changed: ${message}`);
      this.lastFailure = message;
      setTimeout(this.look, RETRY_MS).unref();
    }
  }
}

function parse(text: string): State | undefined {
  return text ? parseState(text) : undefined;
}
