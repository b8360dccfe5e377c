import { CloudwatchEventRule } from "@cdktf/provider-aws/lib/cloudwatch-event-rule";
import { CloudwatchEventTarget } from "@cdktf/provider-aws/lib/cloudwatch-event-target";
import type { LambdaFunction } from "@cdktf/provider-aws/lib/lambda-function";
import { LambdaPermission } from "@cdktf/provider-aws/lib/lambda-permission";
import { Construct } from "constructs";
import type { DeadLetterQueue } from "./dead-letter-queue";

export interface ScheduleProps {
  /** Rule name, unique in the account and Region. */
  readonly ruleName: string;
  /** Schedule expression: `rate()` or `cron()`, in UTC. */
  readonly expression: string;
  /**
   * Whether the rule fires.
   * @default true
   */
  readonly enabled?: boolean;
  /** The function to invoke. */
  readonly target: LambdaFunction;
  /** The queue for events that EventBridge cannot deliver. */
  readonly deadLetterQueue: DeadLetterQueue;
}

/** The EventBridge rule that invokes the function on a schedule, with retries and a dead-letter queue. */
export class Schedule extends Construct {
  constructor(scope: Construct, id: string, props: ScheduleProps) {
    super(scope, id);
    const rule = new CloudwatchEventRule(this, "rule", {
      name: props.ruleName,
      scheduleExpression: props.expression,
      state: props.enabled === false ? "DISABLED" : "ENABLED",
    });
    props.deadLetterQueue.allowSendFrom(rule);
    new LambdaPermission(this, "permission", {
      statementId: "AllowEventBridge",
      action: "lambda:InvokeFunction",
      functionName: props.target.functionName,
      principal: "events.amazonaws.com",
      sourceArn: rule.arn,
    });
    new CloudwatchEventTarget(this, "target", {
      rule: rule.name,
      // Otherwise the provider makes up an id, and a recovery would add a second target beside the first.
      targetId: props.target.functionName,
      arn: props.target.arn,
      // EventBridge retries for six hours. Then the event goes to the queue, which has an alarm.
      retryPolicy: { maximumEventAgeInSeconds: 21_600, maximumRetryAttempts: 185 },
      deadLetterConfig: { arn: props.deadLetterQueue.queue.arn },
    });
  }
}
