import { DataAwsCallerIdentity } from "@cdktf/provider-aws/lib/data-aws-caller-identity";
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
import type { Settings } from "../settings";
import { deployStatements, planStatements } from "./deployment-permissions";
import { githubAccessNames } from "./names";
import { configureTerraform, keepStateInBucket } from "./terraform-configuration";

/** The workflows deploy this branch. */
const DEPLOYED_BRANCH = "main";

/** The roles with which GitHub's workflows plan and deploy the system. An administrator deploys this stack once. */
export class GithubAccessStack extends TerraformStack {
  constructor(scope: Construct, id: string, settings: Settings & Required<Pick<Settings, "github">>) {
    super(scope, id);
    configureTerraform(this, settings);
    // A separate state: write access to the system's state must not give access to the roles.
    keepStateInBucket(this, settings, settings.state.key.replace(/(\.tfstate)?$/, ".github-access.tfstate"));

    const names = githubAccessNames(settings.environment);
    const { repository, environment, oidcProvider } = settings.github;
    const url = `https://${GITHUB_ISSUER}`;
    const provider =
      oidcProvider === "create"
        ? new IamOpenidConnectProvider(this, "github", { url, clientIdList: [GITHUB_AUDIENCE] })
        : new DataAwsIamOpenidConnectProvider(this, "github", { url });
    const account = {
      id: new DataAwsCallerIdentity(this, "account").accountId,
      partition: new DataAwsPartition(this, "partition").partition,
    };

    const roleProps = { providerArn: provider.arn, repository };
    const planRole = githubRole(this, "plan-role", {
      ...roleProps,
      roleName: names.planRole,
      description: "Plans the system, from pull requests and the main branch; reads no data",
      subjects: ["pull_request", `ref:refs/heads/${DEPLOYED_BRANCH}`],
    });
    const deployRole = githubRole(this, "deploy-role", {
      ...roleProps,
      roleName: names.deployRole,
      description: "Deploys the system, once the environment's reviewers approve",
      subjects: [`environment:${environment}`],
    });
    const plan = this.policy("plan", names.planPolicy, planStatements(settings, account));
    const deploy = deployStatements(settings, account).map((statements, index) =>
      this.policy(`deploy-${index + 1}`, names.deployPolicies[index], statements),
    );
    attach(planRole, plan);
    for (const policy of [plan, ...deploy]) attach(deployRole, policy);

    new TerraformOutput(this, "plan_role_arn", {
      value: planRole.arn,
      description: "The value of the repository's variable PLAN_ROLE_ARN.",
    });
    new TerraformOutput(this, "deploy_role_arn", {
      value: deployRole.arn,
      description: "The value of the repository's variable DEPLOY_ROLE_ARN.",
    });
  }

  /** A managed policy, because a deploy needs more statements than fit into a role's inline policies. */
  private policy(id: string, name: string | undefined, statements: DataAwsIamPolicyDocumentStatement[]): IamPolicy {
    return new IamPolicy(this, `${id}-policy`, { name, policy: policyDocument(this, `${id}-document`, ...statements) });
  }
}

function attach(role: IamRole, policy: IamPolicy): void {
  new IamRolePolicyAttachment(policy, `${role.node.id}-attachment`, { role: role.name, policyArn: policy.arn });
}
