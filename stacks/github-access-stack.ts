import { DataAwsIamOpenidConnectProvider } from "@cdktf/provider-aws/lib/data-aws-iam-openid-connect-provider";
import type { DataAwsIamPolicyDocumentStatement } from "@cdktf/provider-aws/lib/data-aws-iam-policy-document";
import { DataAwsPartition } from "@cdktf/provider-aws/lib/data-aws-partition";
import { IamOpenidConnectProvider } from "@cdktf/provider-aws/lib/iam-openid-connect-provider";
import { IamPolicy } from "@cdktf/provider-aws/lib/iam-policy";
import type { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicyAttachment } from "@cdktf/provider-aws/lib/iam-role-policy-attachment";
import { TerraformOutput, TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import { GITHUB_AUDIENCE, GITHUB_ISSUER, githubRole } from "../constructs/github-role";
import { policyDocument } from "../constructs/role-policy";
import type { Settings } from "../settings/settings";
import { deployStatements, planStatements } from "./deployment-permissions";
import { githubAccessNames, githubAccessStateKey } from "./names";
import { accountId, configureTerraform, keepStateInBucket } from "./terraform-configuration";

/** The roles with which GitHub's workflows plan and deploy the system. An administrator deploys this stack once. */
export class GithubAccessStack extends TerraformStack {
  constructor(scope: Construct, id: string, settings: Settings & Required<Pick<Settings, "github">>) {
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
    const account = {
      id: accountId(this, settings),
      partition: new DataAwsPartition(this, "partition").partition,
    };

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
    const plan = this.policies("plan", names.planPolicies, planStatements(settings, account));
    const deploy = this.policies("deploy", names.deployPolicies, deployStatements(settings, account));
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
  private policies(kind: string, names: readonly string[], statements: DataAwsIamPolicyDocumentStatement[]) {
    const size = Math.ceil(statements.length / names.length);
    return names.map((name, index) => {
      const id = `${kind}-${index + 1}`;
      const part = statements.slice(index * size, (index + 1) * size);
      return new IamPolicy(this, `${id}-policy`, { name, policy: policyDocument(this, `${id}-document`, ...part) });
    });
  }
}

function attach(role: IamRole, policy: IamPolicy): void {
  new IamRolePolicyAttachment(policy, `${role.node.id}-attachment`, { role: role.name, policyArn: policy.arn });
}
