const SILENCE_MS = 12_000;

/**
 * Says what a set-up does, and again every 12 seconds that it takes. What the work notes is said then, too, and at its
 * end.
 */
export async function during<T>(what: string, work: (note: (text: string) => void) => Promise<T>): Promise<T> {
  const started = Date.now();
  let noted = "";
  const say = (more = "") => console.error(`Set-up: ${what}${noted && `: ${noted}`}${more}`);
  say();
  const timer = setInterval(() => say(`, for ${Math.round((Date.now() - started) / 1000)} s`), SILENCE_MS);
  try {
    const result = await work((text) => {
      noted = text;
    });
    if (noted) say();
    return result;
  } finally {
    clearInterval(timer);
  }
}
