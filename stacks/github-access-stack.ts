import { DataAwsCallerIdentity } from "@cdktf/provider-aws/lib/data-aws-caller-identity";
import { DataAwsIamOpenidConnectProvider } from "@cdktf/provider-aws/lib/data-aws-iam-openid-connect-provider";
import {
  DataAwsIamPolicyDocument,
  type DataAwsIamPolicyDocumentStatement,
} from "@cdktf/provider-aws/lib/data-aws-iam-policy-document";
import { DataAwsPartition } from "@cdktf/provider-aws/lib/data-aws-partition";
import { IamOpenidConnectProvider } from "@cdktf/provider-aws/lib/iam-openid-connect-provider";
import { IamPolicy } from "@cdktf/provider-aws/lib/iam-policy";
import type { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicyAttachment } from "@cdktf/provider-aws/lib/iam-role-policy-attachment";
import { TerraformOutput, TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import { GITHUB_AUDIENCE, GITHUB_ISSUER, githubRole } from "../constructs/github-role";
import { physicalName, type Settings } from "../settings";
import { deployStatements, planStatements } from "./deployment-permissions";
import { configureTerraform, keepStateInBucket } from "./terraform-configuration";

/** The branch that the workflows deploy. */
const DEPLOYED_BRANCH = "main";

/** The roles with which GitHub's workflows plan and deploy the system; an administrator deploys this stack, once. */
export class GithubAccessStack extends TerraformStack {
  private readonly environment: string;

  constructor(scope: Construct, id: string, settings: Settings & Required<Pick<Settings, "github">>) {
    super(scope, id);
    this.environment = settings.environment;
    configureTerraform(this, settings);
    // A state of its own: whoever may write the system's must not reach the roles.
    keepStateInBucket(this, settings, settings.state.key.replace(/(\.tfstate)?$/, ".github-access.tfstate"));

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
      roleName: physicalName("serverless-infrastructure-plan", settings.environment),
      description: "Plans the system, from pull requests and the main branch; reads no data",
      subjects: ["pull_request", `ref:refs/heads/${DEPLOYED_BRANCH}`],
    });
    const deployRole = githubRole(this, "deploy-role", {
      ...roleProps,
      roleName: physicalName("serverless-infrastructure-deploy", settings.environment),
      description: "Deploys the system, once the environment's reviewers approve",
      subjects: [`environment:${environment}`],
    });
    const plan = this.policy("plan", planStatements(settings, account));
    const deploy = deployStatements(settings, account).map((statements, index) =>
      this.policy(`deploy-${index + 1}`, statements),
    );
    attach(planRole, plan);
    for (const policy of [plan, ...deploy]) attach(deployRole, policy);

    new TerraformOutput(this, "plan_role_arn", {
      value: planRole.arn,
      description: "The repository's variable PLAN_ROLE_ARN.",
    });
    new TerraformOutput(this, "deploy_role_arn", {
      value: deployRole.arn,
      description: "The repository's variable DEPLOY_ROLE_ARN.",
    });
  }

  /** Policies of their own: what can be written into a role is less than what a deploy needs. */
  private policy(id: string, statement: DataAwsIamPolicyDocumentStatement[]): IamPolicy {
    const document = new DataAwsIamPolicyDocument(this, `${id}-document`, { statement });
    return new IamPolicy(this, `${id}-policy`, {
      name: physicalName(`serverless-infrastructure-${id}`, this.environment),
      policy: document.json,
    });
  }
}

function attach(role: IamRole, policy: IamPolicy): void {
  new IamRolePolicyAttachment(policy, `${role.node.id}-attachment`, { role: role.name, policyArn: policy.arn });
}
