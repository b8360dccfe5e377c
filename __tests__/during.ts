const SILENCE_MS = 12_000;

/** Says what a set-up does, and again every 12 seconds that it takes. */
export async function during<T>(what: string, work: () => Promise<T>): Promise<T> {
  const started = Date.now();
  console.error(`Set-up: ${what}`);
  const timer = setInterval(() => {
    console.error(`Set-up: ${what}, for ${Math.round((Date.now() - started) / 1000)} s`);
  }, SILENCE_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
