import type { Settings } from "../settings";
import { systemNames } from "./names";

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
  const arn = (service: string, rest: string) => `arn:${partition}:${service}:${region}:${id}:${rest}`;
  const global = (service: string, rest: string) => `arn:${partition}:${service}::${id}:${rest}`;
  const bucket = (name: string) => `arn:${partition}:s3:::${name}`;
  const api = (path: string) => `arn:${partition}:apigateway:${region}::${path}`;
  // Such as a log group and its streams, or a topic and its subscriptions.
  const withParts = (whole: string) => [whole, `${whole}:*`];
  const serviceRole = (service: string) => global("iam", `role/aws-service-role/${service}/*`);
  return {
    alarms: Object.values(names.monitoring.alarmNames).map((name) => arn("cloudwatch", `alarm:${name}`)),
    allLogGroups: arn("logs", "log-group:*"),
    // AWS chooses the ids of an API and of a scalable target, and an API's log group is named after the API's id.
    apis: [api("/apis"), api("/apis/*"), api("/tags/*")],
    dashboard: global("cloudwatch", `dashboard/${names.monitoring.dashboardName}`),
    functions: withParts(arn("lambda", `function:${names.function.functionName}`)),
    keyAlias: arn("kms", names.monitoring.topicKeyAlias),
    keys: arn("kms", "key/*"),
    logBucket: bucket(names.logBucket(id)),
    logGroups: [names.function.logGroupName, names.logArchive.errorLogGroupName, "/aws/apigateway/*"].flatMap((name) =>
      withParts(arn("logs", `log-group:${name}`)),
    ),
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
    topics: withParts(arn("sns", names.monitoring.topicName)),
  };
}

export type SystemArns = ReturnType<typeof systemArns>;
