import { type Github, listAll } from "./api";

interface Comment {
  readonly id: number;
  readonly body?: string;
  readonly user: { readonly type: string } | null;
}

/**
 * Comments on a pull request with an environment's plan, in place of an earlier run's comment. The token needs the
 * permission `pull-requests: write`.
 */
export async function commentPlan(
  { environment, pullRequest, markdown }: { environment: string; pullRequest: string; markdown: string },
  github: Github,
): Promise<void> {
  const mark = `<!-- plan of ${environment} -->\n`;
  const comments = await listAll<Comment>(github, `issues/${pullRequest}/comments`);
  const own = comments.find(({ body, user }) => user?.type === "Bot" && body?.startsWith(mark));
  const comment = { body: mark + markdown };
  if (own) await github("PATCH", `issues/comments/${own.id}`, comment);
  else await github("POST", `issues/${pullRequest}/comments`, comment);
}
