const SILENCE_MS = 12_000;

/**
 * Prints the work of a set-up at its beginning, and every 12 seconds until its end. These lines and the last one also have
 * the notes of the work.
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
