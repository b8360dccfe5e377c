import { actions } from "./access";
import { arn, type Entry, everywhere } from "./place";

/** The configurations of all settings of a function: a change of its setting creates one and then deletes the other. */
function configsOf(name: string): string[] {
  const [, functionName] = /^(.+)-(?:canary|linear)-\d+-\d+$/.exec(name) ?? [];
  return functionName ? ["canary", "linear"].map((mode) => `${functionName}-${mode}-*`) : [name];
}

/**
 * The access that gradual releases take, by their Terraform types. Only a person stops a release: by the reference,
 * StopDeployment has no resource level, so the deploy role could stop any release of the account. CodeDeploy's guide lists
 * the deployment group for it, and for the two reads of targets: the resource `*` fits both texts.
 *
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscodedeploy.html
 */
export const RELEASE_ACCESS: Readonly<Record<string, Entry>> = {
  aws_codedeploy_app: ({ name }, place) => [
    {
      name: "ReleaseApplication",
      resources: [arn("codedeploy", `application:${name}`, place)],
      read: actions("codedeploy", "GetApplication ListTagsForResource"),
      // CodeDeploy asks the principal that starts a release for one of the last two actions and for the read access to the
      // configuration; to ignore alarms, also for UpdateDeploymentGroup:
      // https://docs.aws.amazon.com/codedeploy/latest/userguide/auth-and-access-control-permissions-reference.html
      write: actions(
        "codedeploy",
        "CreateApplication DeleteApplication TagResource UntagResource UpdateApplication",
        "GetApplicationRevision RegisterApplicationRevision",
      ),
    },
  ],
  aws_codedeploy_deployment_config: ({ deployment_config_name: name }, place) => [
    {
      name: "ReleaseConfig",
      resources: configsOf(name).map((each) => arn("codedeploy", `deploymentconfig:${each}`, place)),
      read: actions("codedeploy", "GetDeploymentConfig"),
      write: actions("codedeploy", "CreateDeploymentConfig DeleteDeploymentConfig"),
    },
  ],
  aws_codedeploy_deployment_group: ({ app_name, deployment_group_name }, place) => [
    {
      name: "Releases",
      resources: [arn("codedeploy", `deploymentgroup:${app_name}/${deployment_group_name}`, place)],
      read: actions(
        "codedeploy",
        "BatchGetDeployments GetDeployment GetDeploymentGroup ListDeployments ListTagsForResource",
      ),
      write: actions(
        "codedeploy",
        "CreateDeployment CreateDeploymentGroup DeleteDeploymentGroup TagResource UntagResource UpdateDeploymentGroup",
      ),
    },
    everywhere(...actions("codedeploy", "GetDeploymentTarget ListDeploymentTargets")),
    {
      name: "ReleaseAtOnce",
      // A rollback by hand uses this configuration of AWS's.
      resources: [arn("codedeploy", "deploymentconfig:CodeDeployDefault.LambdaAllAtOnce", place)],
      read: actions("codedeploy", "GetDeploymentConfig"),
    },
  ],
  aws_lambda_alias: ({ function_name: name }, place) => [
    {
      name: "Alias",
      resources: [arn("lambda", `function:${name}`, place), arn("lambda", `function:${name}:*`, place)],
      read: actions("lambda", "GetAlias GetFunctionEventInvokeConfig GetPolicy ListAliases"),
      // The provider waits for a version that it has published:
      // https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/lambda/function.go
      write: actions(
        "lambda",
        "AddPermission CreateAlias DeleteAlias DeleteFunctionEventInvokeConfig GetFunctionConfiguration PublishVersion",
        "PutFunctionEventInvokeConfig RemovePermission UpdateAlias UpdateFunctionEventInvokeConfig",
      ),
    },
    {
      name: "OldVersions",
      resources: [arn("lambda", `function:${name}:*`, place)],
      write: actions("lambda", "DeleteFunction"),
    },
  ],
};
