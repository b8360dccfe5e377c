const STEP_MS = 1000;

/** A timer that is later than this has slept: the machine did, or a signal stopped the process. */
const SLEPT_MS = 2000;

/** Calls `act` after a time in which this process is awake, in milliseconds. Returns how to cancel that. */
export function afterAwake(milliseconds: number, act: () => void): () => void {
  let timer: NodeJS.Timeout;
  const wait = (left: number) => {
    const step = Math.min(left, STEP_MS);
    const end = performance.now() + step;
    timer = setTimeout(() => {
      const rest = performance.now() - end > SLEPT_MS ? left : left - step;
      if (rest > 0) wait(rest);
      else act();
    }, step);
  };
  wait(milliseconds);
  return () => clearTimeout(timer);
}

/** Resolves to the result, or to undefined after a time in which this process is awake, in milliseconds. */
export async function within<T>(milliseconds: number, result: Promise<T>): Promise<T | undefined> {
  let cancel = () => {};
  const timeout = new Promise<undefined>((done) => {
    cancel = afterAwake(milliseconds, () => done(undefined));
  });
  try {
    return await Promise.race([result, timeout]);
  } finally {
    cancel();
  }
}
