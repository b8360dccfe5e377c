import { GITHUB_ISSUER } from "../constructs/github-role";
import type { Settings } from "../settings/settings";
import { githubAccessNames, githubAccessStateKey, systemNames } from "./names";

/** The AWS account of the system. */
export interface Account {
  readonly id: string;
  /** Such as `aws` or `aws-us-gov`. */
  readonly partition: string;
}

/** The ARNs of the system's resources, built from their names. */
export function systemArns(settings: Settings, { id, partition }: Account) {
  const { region, state } = settings;
  const names = systemNames(settings);
  const access = githubAccessNames(settings.environment);
  const arn = (service: string, rest: string) => `arn:${partition}:${service}:${region}:${id}:${rest}`;
  const global = (service: string, rest: string) => `arn:${partition}:${service}::${id}:${rest}`;
  const bucket = (name: string) => `arn:${partition}:s3:::${name}`;
  const api = (path: string) => `arn:${partition}:apigateway:${region}::${path}`;
  const serviceRole = (service: string) => global("iam", `role/aws-service-role/${service}/*`);
  return {
    alarms: Object.values(names.monitoring.alarmNames).map((name) => arn("cloudwatch", `alarm:${name}`)),
    // AWS chooses the ids of an API, of a scalable target and of a key.
    apis: [api("/apis"), api("/apis/*"), api("/tags/*")],
    // Autoscaling gives its alarms these names. Without the kind, `*` would also match other tables' alarms.
    autoscalingAlarms: ["Alarm", "ProvisionedCapacity"].map((kind) =>
      arn("cloudwatch", `alarm:TargetTracking-table/${names.table}-${kind}*`),
    ),
    dashboard: global("cloudwatch", `dashboard/${names.monitoring.dashboardName}`),
    errorLogStream: arn("logs", `log-group:${names.logArchive.errorLogGroupName}:log-stream:*`),
    function: arn("lambda", `function:${names.function.functionName}`),
    githubAccess: {
      resources: [
        ...[access.planRole, access.deployRole].map((name) => global("iam", `role/${name}`)),
        ...[...access.planPolicies, ...access.deployPolicies].map((name) => global("iam", `policy/${name}`)),
        global("iam", `oidc-provider/${GITHUB_ISSUER}`),
      ],
      state: `${bucket(state.bucket)}/${githubAccessStateKey(state.key)}`,
    },
    keyAlias: arn("kms", names.monitoring.topicKeyAlias),
    keys: arn("kms", "key/*"),
    lock: `${bucket(state.bucket)}/${state.key}.tflock`,
    logBucket: bucket(names.logBucket(id)),
    // CloudWatch Logs checks tag actions on the group itself, and other actions on its streams.
    logGroups: [names.api.accessLogGroupName, names.function.logGroupName, names.logArchive.errorLogGroupName]
      .map((name) => arn("logs", `log-group:${name}`))
      .flatMap((group) => [group, `${group}:*`]),
    logStream: arn("firehose", `deliverystream/${names.logArchive.streamName}`),
    queue: arn("sqs", names.deadLetterQueue),
    roles: [names.function.roleName, names.logArchive.streamRoleName, names.logArchive.subscriptionRoleName].map(
      (name) => global("iam", `role/${name}`),
    ),
    rule: arn("events", `rule/${names.rule}`),
    scalableTargets: arn("application-autoscaling", "scalable-target/*"),
    // AWS creates these roles on the first use of a service in an account.
    serviceLinkedRoles: [
      serviceRole("dynamodb.application-autoscaling.amazonaws.com"),
      serviceRole("ops.apigateway.amazonaws.com"),
    ],
    state: `${bucket(state.bucket)}/${state.key}`,
    stateBucket: bucket(state.bucket),
    table: arn("dynamodb", `table/${names.table}`),
    topic: arn("sns", names.monitoring.topicName),
  };
}
