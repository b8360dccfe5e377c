const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const FRAME_MS = 100;

/** Draws a line of at most so many characters, without line breaks. */
export type DrawLine = (width: number) => string;

/** Lines at the bottom of the terminal that move while something takes long. Other output appears above them. */
export class MovingLines {
  private readonly lines = new Set<DrawLine>();
  private frame = 0;
  private drawn = 0;
  private timer: NodeJS.Timeout | undefined;
  private restore = () => {};
  private write = (_text: string) => {};

  /** @param screen the terminal with the lines; the other streams lead to the same terminal or to none */
  constructor(
    private readonly screen: NodeJS.WriteStream,
    private readonly others: readonly NodeJS.WriteStream[],
  ) {}

  /** Lines move only in a terminal with a width. In a log, each redraw would be another line. */
  get areShown(): boolean {
    return this.screen.isTTY && this.screen.columns > 0;
  }

  /** Shows a line, unless this is no terminal. Returns how to remove it. */
  add(line: DrawLine): () => void {
    if (!this.areShown) return () => {};
    this.lines.add(line);
    if (!this.timer) this.start();
    return () => {
      if (!this.lines.delete(line)) return;
      this.erase();
      if (this.lines.size === 0) this.clear();
    };
  }

  clear(): void {
    this.lines.clear();
    this.erase();
    clearInterval(this.timer);
    this.timer = undefined;
    this.restore();
    this.restore = () => {};
  }

  private start(): void {
    this.timer = setInterval(() => this.draw(), FRAME_MS);
    const originals = [this.screen, ...this.others].map((stream) => [stream, stream.write] as const);
    this.write = this.screen.write.bind(this.screen);
    for (const [stream, write] of originals) {
      stream.write = ((...args: Parameters<typeof write>) => {
        // Other output would land between these lines, and be erased with them.
        this.erase();
        return write.apply(stream, args);
      }) as typeof write;
    }
    this.restore = () => {
      for (const [stream, write] of originals) stream.write = write;
    };
  }

  private draw(): void {
    this.frame = (this.frame + 1) % FRAMES.length;
    const width = this.screen.columns - 1;
    const texts = [...this.lines].map((line) => `${FRAMES[this.frame]} ${line(width - 2)}`);
    this.write(this.erasure() + texts.join("\n"));
    this.drawn = texts.length;
  }

  private erase(): void {
    if (this.drawn > 0) this.write(this.erasure());
    this.drawn = 0;
  }

  private erasure(): string {
    return this.drawn > 0 ? `\r${"\x1b[A".repeat(this.drawn - 1)}\x1b[J` : "";
  }
}
