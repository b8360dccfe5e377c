/** npm passes on the signal that the terminal sends to both, so that one Ctrl-C may arrive twice. */
const SAME_SIGNAL_MS = 500;

const closers = new Set<() => Promise<unknown>>();
let signalledAt = 0;

/**
 * Has something done before a signal ends this process. A second signal ends it without waiting for that.
 *
 * @returns takes it back
 */
export function beforeShutdown(close: () => Promise<unknown>): () => void {
  closers.add(close);
  return () => closers.delete(close);
}

/** Ends this process in order: with `process.exitCode` where that is set, else with 130, as after Ctrl-C. */
export async function shutDown(): Promise<never> {
  signalledAt ||= Date.now();
  const closed = await Promise.allSettled([...closers].map((close) => close()));
  for (const result of closed) if (result.status === "rejected") console.error(result.reason);
  process.exit(process.exitCode ?? 130);
}

// By default a signal ends Node.js without the event "exit", on which all cleaning up hangs.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    if (signalledAt === 0) {
      void shutDown();
    } else if (Date.now() - signalledAt > SAME_SIGNAL_MS) {
      process.exit(process.exitCode ?? 130);
    }
  });
}
