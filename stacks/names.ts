/** The environment where `ENVIRONMENT` is not set. Its physical names have no suffix. */
export const DEFAULT_ENVIRONMENT = "production";

/** The stacks of every environment, in the order of their deployment. */
export const STACKS = ["state-backend", "serverless-infrastructure"] as const;
export type StackName = (typeof STACKS)[number] | "github-access";

/**
 * A stack's id: its name for the CDKTF CLI, and its folder's name. It includes the environment, because Terraform keeps
 * the backend's configuration in that folder: with one folder for all, one environment could overwrite another's state.
 */
export function stackId(stack: StackName, environment: string): string {
  return physicalName(stack, environment);
}

/** The default name of the bucket for Terraform's state. An account's id makes it unique. */
export function stateBucketName(environment: string, account: string | undefined, region: string): string {
  if (!account) return physicalName("serverless-infrastructure-state", environment);
  // A bucket's name has at most 63 characters, which the environment's name would exceed.
  const base = environment === DEFAULT_ENVIRONMENT ? "serverless-infrastructure-state" : "infra-state";
  return physicalName(`${base}-${account}-${region}`, environment);
}

/** The key of the state of the roles for GitHub: write access to the system's state must not give access to the roles. */
export function githubAccessStateKey(systemKey: string): string {
  return systemKey.replace(/(\.tfstate)?$/, ".github-access.tfstate");
}

/** The physical names of the system's resources. */
export function systemNames({ environment, region }: { readonly environment: string; readonly region: string }) {
  const name = (base: string) => physicalName(base, environment);
  const functionName = name("RequestProcessorFunction");
  const streamName = name("api-request-logs");
  const topicName = name("serverless-infrastructure-alarms");
  const apiName = name("RequestProcessorAPI");
  return {
    api: {
      apiName,
      accessLogGroupName: `/aws/vendedlogs/apigateway/${apiName}`,
    },
    deadLetterQueue: name("RequestProcessorDeadLetters"),
    function: { functionName, roleName: `${functionName}-role`, logGroupName: `/aws/lambda/${functionName}` },
    logBucket: (accountId: string) => name(`api-logs-${accountId}-${region}`),
    logArchive: {
      streamName,
      streamRoleName: `${streamName}-role`,
      subscriptionRoleName: `${streamName}-subscription-role`,
      errorLogGroupName: `/aws/kinesisfirehose/${streamName}`,
    },
    monitoring: {
      alarmNames: {
        serverErrors: name("ApiGateway-5XX-Errors"),
        serverErrorPercent: name("ApiGateway-5XX-Rate"),
        functionErrors: name("RequestProcessor-Errors"),
        functionThrottles: name("RequestProcessor-Throttles"),
        deadLetters: name("RequestProcessor-DeadLetters"),
        tableThrottles: name("RequestTable-Throttles"),
      },
      topicName,
      topicKeyAlias: `alias/${topicName}`,
      dashboardName: name("serverless-infrastructure"),
    },
    rule: name("LambdaDailySchedule"),
    table: name("RequestDataTable"),
  };
}

/** The physical names of the roles for GitHub's workflows and of their policies. */
export function githubAccessNames(environment: string) {
  const name = (base: string) => physicalName(`serverless-infrastructure-${base}`, environment);
  return {
    planRole: name("plan"),
    deployRole: name("deploy"),
    policy: (kind: "plan" | "deploy", index: number) => name(`${kind}-${index + 1}`),
  };
}

/** The name alone in production, `<name>-<environment>` elsewhere, so that environments can share an account. */
export function physicalName(name: string, environment: string): string {
  return environment === DEFAULT_ENVIRONMENT ? name : `${name}-${environment}`;
}
