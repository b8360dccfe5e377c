import { CloudwatchEventRule } from "@cdktf/provider-aws/lib/cloudwatch-event-rule";
import { CloudwatchEventTarget } from "@cdktf/provider-aws/lib/cloudwatch-event-target";
import type { LambdaFunction } from "@cdktf/provider-aws/lib/lambda-function";
import { LambdaPermission } from "@cdktf/provider-aws/lib/lambda-permission";
import { Construct } from "constructs";
import type { DeadLetterQueue } from "./dead-letter-queue";

export interface ScheduleProps {
  /** Rule name, unique in the account and Region. */
  readonly ruleName: string;
  /** When the rule fires: `rate()` or `cron()`, in UTC. */
  readonly expression: string;
  /** The function that is run. */
  readonly target: LambdaFunction;
  /** Takes the events that EventBridge cannot hand to the function. */
  readonly deadLetterQueue: DeadLetterQueue;
}

/** The EventBridge rule that runs the function regularly; an event that cannot be delivered is retried, then kept. */
export class Schedule extends Construct {
  readonly rule: CloudwatchEventRule;

  constructor(scope: Construct, id: string, props: ScheduleProps) {
    super(scope, id);
    this.rule = new CloudwatchEventRule(this, "rule", {
      name: props.ruleName,
      scheduleExpression: props.expression,
      state: "ENABLED",
    });
    props.deadLetterQueue.allowSendFrom(this.rule);
    new LambdaPermission(this, "permission", {
      statementId: "AllowEventBridge",
      action: "lambda:InvokeFunction",
      functionName: props.target.functionName,
      principal: "events.amazonaws.com",
      sourceArn: this.rule.arn,
    });
    new CloudwatchEventTarget(this, "target", {
      rule: this.rule.name,
      arn: props.target.arn,
      // Some hours of trouble are ridden out; after that, the queue's alarm tells somebody.
      retryPolicy: { maximumEventAgeInSeconds: 21_600, maximumRetryAttempts: 185 },
      deadLetterConfig: { arn: props.deadLetterQueue.queue.arn },
    });
  }
}
