/** One Ctrl-C may arrive twice: the terminal sends the signal to npm and to this process, and npm forwards it. */
const SAME_SIGNAL_MS = 500;

const closers = new Set<() => Promise<unknown>>();
let signalledAt = 0;

/** Registers an action before the end by a signal; a second signal does not wait for it. Returns how to unregister. */
export function beforeShutdown(close: () => Promise<unknown>): () => void {
  closers.add(close);
  return () => closers.delete(close);
}

/** Exits after standard output is written. By itself, `process.exit` cuts off what a pipe has not taken yet. */
export async function exitAfterOutput(exitCode: number): Promise<never> {
  // The reader may have closed the pipe.
  process.stdout.on("error", () => {});
  await new Promise((done) => process.stdout.write("", done));
  process.exit(exitCode);
}

/** Runs the registered actions and exits with `process.exitCode`, by default with 130, as after Ctrl-C. */
export async function shutDown(): Promise<never> {
  signalledAt ||= Date.now();
  const closed = await Promise.allSettled([...closers].map((close) => close()));
  for (const result of closed) if (result.status === "rejected") console.error(result.reason);
  return exitAfterOutput(Number(process.exitCode ?? 130));
}

// By default, a signal ends Node.js without the event "exit", which starts all cleanup.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    if (signalledAt === 0) {
      void shutDown();
    } else if (Date.now() - signalledAt > SAME_SIGNAL_MS) {
      process.exit(process.exitCode ?? 130);
    }
  });
}
