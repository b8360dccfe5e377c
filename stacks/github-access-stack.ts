import { DataAwsIamOpenidConnectProvider } from "@cdktf/provider-aws/lib/data-aws-iam-openid-connect-provider";
import type { DataAwsIamPolicyDocumentStatement as Statement } from "@cdktf/provider-aws/lib/data-aws-iam-policy-document";
import { IamOpenidConnectProvider } from "@cdktf/provider-aws/lib/iam-openid-connect-provider";
import { IamPolicy } from "@cdktf/provider-aws/lib/iam-policy";
import type { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicyAttachment } from "@cdktf/provider-aws/lib/iam-role-policy-attachment";
import { TerraformOutput, TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import { GITHUB_AUDIENCE, GITHUB_ISSUER, githubRole } from "../constructs/access/github-role";
import { policyDocument } from "../constructs/access/role-policy";
import { ConstructError } from "../constructs/construct-error";
import type { Settings } from "../settings/settings";
import { packStatements } from "./access/pack-statements";
import { deployStatements, type PolicyCounts, planStatements, systemAccess } from "./access/system-access";
import { githubAccessNames, githubAccessStateKey } from "./names";
import { accountId, configureTerraform, keepStateInBucket } from "./terraform-configuration";

/** IAM's default quota of managed policies for one role. */
const MAX_POLICIES = 10;

/** The roles with which GitHub's workflows plan and deploy the system. An administrator deploys this stack once. */
export class GithubAccessStack extends TerraformStack {
  /** @param system the complete stack of the system */
  constructor(
    scope: Construct,
    id: string,
    private readonly settings: Settings & Required<Pick<Settings, "github">>,
    system: TerraformStack,
  ) {
    super(scope, id);
    configureTerraform(this, settings);
    keepStateInBucket(this, settings, githubAccessStateKey(settings.state.key));

    const names = githubAccessNames(settings.environment);
    const { repository, branch, environment, oidcProvider } = settings.github;
    const url = `https://${GITHUB_ISSUER}`;
    const provider =
      oidcProvider === "create"
        ? new IamOpenidConnectProvider(this, "github", { url, clientIdList: [GITHUB_AUDIENCE] })
        : new DataAwsIamOpenidConnectProvider(this, "github", { url });
    const roleProps = { providerArn: provider.arn, repository };
    const planRole = githubRole(this, "plan-role", {
      ...roleProps,
      roleName: names.planRole,
      description: `Plans the system, from pull requests and the ${branch} branch; reads no data`,
      subjects: ["pull_request", `ref:refs/heads/${branch}`],
    });
    const deployRole = githubRole(this, "deploy-role", {
      ...roleProps,
      roleName: names.deployRole,
      description: "Deploys the system, once the environment's reviewers approve",
      subjects: [`environment:${environment}`],
    });
    const { plan, deploy } = this.policies(system);
    for (const policy of plan) attach(planRole, policy);
    for (const policy of [...plan, ...deploy]) attach(deployRole, policy);

    new TerraformOutput(this, "plan_role_arn", {
      value: planRole.arn,
      description: `The value of the repository's variable PLAN_ROLE_ARN_${settings.environment.toUpperCase().replaceAll("-", "_")}.`,
    });
    new TerraformOutput(this, "deploy_role_arn", {
      value: deployRole.arn,
      description: `The value of the variable DEPLOY_ROLE_ARN of the repository's environment ${environment}.`,
    });
  }

  /** Adds managed policies, because one policy, or a role's inline policies, cannot hold all statements. */
  private policies(system: TerraformStack) {
    const { settings } = this;
    const access = systemAccess(system, settings, accountId(this, settings));
    let plan: Statement[][] = [];
    let deploy: Statement[][] = [];
    // The statements name the policies: more of them make the statements longer.
    let counts: PolicyCounts;
    do {
      counts = { plan: plan.length, deploy: deploy.length };
      plan = packStatements(planStatements(access(counts)));
      deploy = packStatements(deployStatements(access(counts), settings));
    } while (plan.length !== counts.plan || deploy.length !== counts.deploy);
    if (plan.length + deploy.length > MAX_POLICIES) {
      throw new ConstructError(
        this,
        `the deploy role has ${plan.length + deploy.length} policies; IAM allows ${MAX_POLICIES}, so use another stack, with roles of its own, for a part of the system`,
      );
    }
    return { plan: this.managed("plan", plan), deploy: this.managed("deploy", deploy) };
  }

  private managed(kind: "plan" | "deploy", policies: readonly Statement[][]): IamPolicy[] {
    const names = githubAccessNames(this.settings.environment);
    return policies.map((statements, index) => {
      const id = `${kind}-${index + 1}`;
      const policy = policyDocument(this, `${id}-document`, ...statements);
      return new IamPolicy(this, `${id}-policy`, { name: names.policy(kind, index), policy });
    });
  }
}

function attach(role: IamRole, policy: IamPolicy): void {
  new IamRolePolicyAttachment(policy, `${role.node.id}-attachment`, { role: role.name, policyArn: policy.arn });
}
