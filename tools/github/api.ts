import { UserError } from "@local/command-line/user-error";

/** Sends a request about the repository to GitHub's API. Returns undefined if a GET finds no resource (404). */
export type Github = <T>(method: "GET" | "PATCH" | "POST", path: string, body?: object) => Promise<T | undefined>;

/** The largest page of a list. */
const PAGE = 100;

/** GitHub's API for the repository of the running workflow, with its token. It throws a UserError if GitHub refuses. */
export function workflowGithub({ GITHUB_API_URL, GITHUB_REPOSITORY, GITHUB_TOKEN }: NodeJS.ProcessEnv): Github {
  return async <T>(method: string, path: string, body?: object) => {
    const response = await fetch(`${GITHUB_API_URL}/repos/${GITHUB_REPOSITORY}/${path}`, {
      method,
      headers: { accept: "application/vnd.github+json", authorization: `Bearer ${GITHUB_TOKEN}` },
      body: body ? JSON.stringify(body) : undefined,
    });
    if (response.status === 404 && method === "GET") return undefined;
    if (response.ok) return (await response.json()) as T;
    throw new UserError(`GitHub answers ${response.status} to ${method} ${path}; look at the job's permissions.`);
  };
}

export async function listAll<T>(github: Github, path: string): Promise<T[]> {
  const query = path.includes("?") ? "&" : "?";
  const found: T[] = [];
  for (let page = 1; ; page += 1) {
    const entries = (await github<T[]>("GET", `${path}${query}per_page=${PAGE}&page=${page}`)) ?? [];
    found.push(...entries);
    if (entries.length < PAGE) return found;
  }
}
