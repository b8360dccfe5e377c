import type { LambdaPermission } from "@cdktf/provider-aws/lib/lambda-permission";
import type { S3Bucket } from "@cdktf/provider-aws/lib/s3-bucket";
import {
  S3BucketNotification,
  type S3BucketNotificationLambdaFunction,
} from "@cdktf/provider-aws/lib/s3-bucket-notification";
import { dependable } from "cdktf";
import { Construct } from "constructs";
import { ConstructError } from "../construct-error";

export interface NotifyProps {
  /**
   * The kinds of S3's events.
   * @default ["s3:ObjectCreated:*"]
   */
  readonly events?: string[];
  /**
   * The beginning of the objects' keys.
   * @default - any
   */
  readonly prefix?: string;
  /**
   * The end of the objects' keys, such as `.csv`.
   * @default - any
   */
  readonly suffix?: string;
}

type Notification = Required<NotifyProps>;

/** The one configuration that a bucket has for all of its notifications. */
export class BucketNotifications extends Construct {
  private readonly notifications: Notification[] = [];
  private readonly functions: S3BucketNotificationLambdaFunction[] = [];
  private readonly resource: S3BucketNotification;

  constructor(scope: Construct, id: string, bucket: S3Bucket) {
    super(scope, id);
    this.resource = new S3BucketNotification(this, "notification", { bucket: bucket.id });
  }

  /** @throws ConstructError for an event that another function gets already; S3 refuses that */
  add(lambdaFunctionArn: string, props: NotifyProps, permission: LambdaPermission): void {
    const { events = ["s3:ObjectCreated:*"], prefix = "", suffix = "" } = props;
    const notification = { events, prefix, suffix };
    const other = this.notifications.find((each) => overlap(each, notification));
    if (other) {
      throw new ConstructError(
        this,
        `${describe(notification)} and ${describe(other)} overlap; use other events, prefixes or suffixes, because S3 notifies one function`,
      );
    }
    this.notifications.push(notification);
    this.functions.push({
      lambdaFunctionArn,
      events,
      filterPrefix: prefix || undefined,
      filterSuffix: suffix || undefined,
    });
    this.resource.putLambdaFunction(this.functions);
    // S3 refuses a function that it may not invoke.
    this.resource.dependsOn = [...(this.resource.dependsOn ?? []), dependable(permission)];
  }
}

function overlap(one: Notification, other: Notification): boolean {
  return (
    one.events.some((event) => other.events.some((another) => covers(event, another) || covers(another, event))) &&
    (one.prefix.startsWith(other.prefix) || other.prefix.startsWith(one.prefix)) &&
    (one.suffix.endsWith(other.suffix) || other.suffix.endsWith(one.suffix))
  );
}

function covers(event: string, other: string): boolean {
  return event === other || (event.endsWith("*") && other.startsWith(event.slice(0, -1)));
}

function describe({ events, prefix, suffix }: Notification): string {
  return `${events.join(", ")} of ${prefix}*${suffix}`;
}
