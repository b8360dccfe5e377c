import { UserError } from "@local/command-line/user-error";
import type { Github } from "./api";

/** A part of https://docs.github.com/en/rest/deployments/environments#get-an-environment */
interface Environment {
  readonly protection_rules?: readonly { readonly type: string; readonly reviewers?: readonly unknown[] }[];
  readonly deployment_branch_policy: { readonly protected_branches: boolean } | null;
}

/**
 * Checks that only the deployed branch can use an environment of the repository, and that a deployment must be approved.
 * Any branch that can use the environment can take the deploy role. GitHub creates a missing environment unprotected.
 *
 * The token needs the permissions `actions: read` and `contents: read`.
 *
 * @param branch the deployed branch
 * @param needsApproval whether there must be reviewers
 * @throws UserError with the missing protection and the page that sets it
 */
export async function requireProtection(
  name: string,
  { branch, needsApproval }: { readonly branch: string; readonly needsApproval: boolean },
  github: Github,
): Promise<void> {
  const path = `environments/${encodeURIComponent(name)}`;
  const environment = await github<Environment>("GET", path);
  const onlyBranch = `under deployment branches and tags, allow only the branch ${branch}`;
  const why = needsApproval
    ? "an environment with dataProtection is deployed only after an approval"
    : "any branch could deploy to it otherwise";
  if (!environment) {
    const reviewers = needsApproval ? "add required reviewers, and " : "and ";
    throw new UserError(
      `The repository has no environment ${name}. In Settings > Environments, create it, ${reviewers}${onlyBranch}, because ${why}.`,
    );
  }
  const missing = [
    ...(!needsApproval || hasReviewers(environment) ? [] : ["add required reviewers"]),
    ...((await isLimitedToBranch(environment, branch, path, github)) ? [] : [onlyBranch]),
  ];
  if (missing.length > 0) {
    throw new UserError(
      `In Settings > Environments > ${name} of the repository, ${missing.join(", and ")}, because ${why}.`,
    );
  }
}

/** Whether a commit is the newest of a branch. A slower run could otherwise deploy an older one over it. */
export async function isNewest(commit: string | undefined, branch: string, github: Github): Promise<boolean> {
  return (await github<{ commit: { sha: string } }>("GET", branchPath(branch)))?.commit.sha === commit;
}

function hasReviewers({ protection_rules = [] }: Environment): boolean {
  return protection_rules.some(({ type, reviewers = [] }) => type === "required_reviewers" && reviewers.length > 0);
}

async function isLimitedToBranch(
  { deployment_branch_policy: policy }: Environment,
  branch: string,
  path: string,
  github: Github,
) {
  if (!policy) return false;
  // Without a protected branch, this policy lets every branch deploy.
  if (policy.protected_branches) {
    return (await github<{ protected: boolean }>("GET", branchPath(branch)))?.protected === true;
  }
  const selected = await github<{ branch_policies: { name: string }[] }>("GET", `${path}/deployment-branch-policies`);
  const names = selected?.branch_policies.map((allowed) => allowed.name);
  return names?.join() === branch;
}

function branchPath(branch: string): string {
  return `branches/${encodeURIComponent(branch)}`;
}
