import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { type Github, listAll } from "./api";

interface Issue {
  readonly number: number;
  readonly title: string;
  readonly user: { readonly type: string } | null;
}

/**
 * Opens, updates or closes an issue for each stack. The token needs the permission `issues: write`.
 *
 * @param branch the deployed branch
 * @param folder as tools/drift.ts writes it: a file for each stack, empty if it does not differ
 * @returns a line for each stack
 */
export async function reportDrift(folder: string, branch: string, github: Github): Promise<string[]> {
  const issues = await listAll<Issue>(github, "issues?state=open");
  const lines: string[] = [];
  for (const file of readdirSync(folder)) {
    const about = `${basename(file, ".md")} differs from `;
    const body = readFileSync(join(folder, file), "utf8");
    const open = issues.find((issue) => issue.title.startsWith(about) && issue.user?.type === "Bot");
    lines.push(await reportStack(github, about + branch, body, open));
  }
  return lines;
}

async function reportStack(github: Github, title: string, body: string, open: Issue | undefined): Promise<string> {
  if (!body && !open) return `No issue: ${title}`;
  if (!open) {
    await github("POST", "issues", { title, body });
    return `Opened: ${title}`;
  }
  await github("PATCH", `issues/${open.number}`, body ? { body } : { state: "closed" });
  return `${body ? "Updated" : "Closed"}: ${title}`;
}
