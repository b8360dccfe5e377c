import { parseSettings, SettingsError } from "../../settings/settings";

/** An environment in the workflows' matrices. */
export interface GithubEnvironment {
  /** The name in cdktf.json. */
  readonly name: string;
  readonly region: string;
  /** The repository's environment, whose reviewers approve a deployment. */
  readonly githubEnvironment: string;
  /** The ARN of the role that plans; empty where its variable is not set. */
  readonly planRole: string;
}

/** The environments by the actions that workflows may take on them. Each list is a matrix. */
export interface GithubEnvironments {
  readonly all: readonly GithubEnvironment[];
  /** Those with a plan role. */
  readonly planned: readonly GithubEnvironment[];
  /** Those with a plan role that are deployed without an approval, because their data is not protected. */
  readonly automatic: readonly GithubEnvironment[];
  /** Those with a plan role that must be approved. */
  readonly approved: readonly GithubEnvironment[];
}

/** The repository's variable with the plan role of an environment: `PLAN_ROLE_ARN_<ENVIRONMENT>`. */
export function planRoleVariable(environment: string): string {
  return `PLAN_ROLE_ARN_${environment.toUpperCase().replaceAll("-", "_")}`;
}

/**
 * @param environments `context.environments` of cdktf.json
 * @param variables the repository's variables
 * @param defaultBranch the repository's default branch, where it is known
 * @throws SettingsError for mistakes in the settings, and for a plan role that trusts another branch
 */
export function githubEnvironments(
  environments: Readonly<Record<string, unknown>>,
  variables: Readonly<Record<string, string>>,
  defaultBranch?: string,
): GithubEnvironments {
  const listed = Object.keys(environments).map((name) => {
    const { region, github, dataProtection } = parseSettings(environments, name);
    const planRole = variables[planRoleVariable(name)] ?? "";
    if (planRole && github && defaultBranch && github.branch !== defaultBranch) {
      throw new SettingsError([
        `environments.${name}.github.branch: ${JSON.stringify(github.branch)} is not the repository's default branch; use ${JSON.stringify(defaultBranch)}, and deploy the stack github-access again`,
      ]);
    }
    return { dataProtection, entry: { name, region, githubEnvironment: github?.environment ?? name, planRole } };
  });
  const planned = listed.filter(({ entry }) => entry.planRole);
  const entries = (of: typeof listed) => of.map(({ entry }) => entry);
  return {
    all: entries(listed),
    planned: entries(planned),
    automatic: entries(planned.filter(({ dataProtection }) => !dataProtection)),
    approved: entries(planned.filter(({ dataProtection }) => dataProtection)),
  };
}
