const SILENCE_MS = 12_000;

/** Says which suites are running, where jest prints nothing because none of them has ended for a while. */
module.exports = class {
  running = new Map();

  onRunStart() {
    this.printed = Date.now();
    this.timer = setInterval(() => this.tell(), 1000);
  }

  onTestFileStart({ path }) {
    this.running.set(path, Date.now());
  }

  onTestFileResult({ path }) {
    this.running.delete(path);
    this.printed = Date.now();
  }

  onRunComplete() {
    clearInterval(this.timer);
  }

  tell() {
    const now = Date.now();
    // On a terminal, jest shows it all the time.
    if (now - this.printed < SILENCE_MS || (process.stdout.isTTY && !process.env.CI)) return;
    this.printed = now;
    const suites = [...this.running].map(
      ([path, started]) => `${path.split("/").at(-1)} ${Math.round((now - started) / 1000)} s`,
    );
    console.error(`Running: ${suites.join(", ")}`);
  }
};
