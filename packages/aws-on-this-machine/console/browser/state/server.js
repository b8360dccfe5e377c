const TIMEOUT_MS = 10_000;

/** @type {(kind: string, name: string) => string} such as `/api/queues/<name>` */
export const pathOf = (kind, name) => `/api/${kind}/${encodeURIComponent(name)}`;

/** @type {(path: string) => Promise<any>} the system's answer */
export const get = (path) => ask(path, { signal: AbortSignal.timeout(TIMEOUT_MS) });

/** @type {(path: string, body?: object | string) => Promise<any>} the outcome of an action, however long it takes */
export const post = (path, body) =>
  ask(path, { method: "POST", body: typeof body === "string" ? body : JSON.stringify(body) });

/** @type {(path: string, options: RequestInit) => Promise<any>} */
async function ask(path, options) {
  const response = await fetch(path, options).catch((error) => {
    throw error instanceof TypeError ? new Error("npm start has ended.") : error;
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.message);
  return answer;
}
