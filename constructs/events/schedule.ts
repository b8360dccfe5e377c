import { CloudwatchEventRule } from "@cdktf/provider-aws/lib/cloudwatch-event-rule";
import { CloudwatchEventTarget } from "@cdktf/provider-aws/lib/cloudwatch-event-target";
import { Fn } from "cdktf";
import { Construct } from "constructs";
import { cronMistake, SCHEDULE_EXPRESSION } from "../../settings/schedule-expression";
import { awaitPermissions, type InvokePermissions, invokePermission } from "../access/invoke-permission";
import { idOf } from "../address";
import { ConstructError } from "../construct-error";
import { nameOf } from "../environment";
import type { PythonFunction } from "../function/python-function";

/** EventBridge's limits of a rule. */
const MAX_TARGETS = 5;
const MAX_INPUT_CHARACTERS = 8192;

export interface ScheduleProps {
  /**
   * Rule name, unique in the account and Region.
   * @default - the construct's path
   */
  readonly ruleName?: string;
  /** Schedule expression: `rate()` or `cron()`, in UTC. */
  readonly expression: string;
  /**
   * Whether the rule fires.
   * @default true
   */
  readonly enabled?: boolean;
}

export interface InvokeProps {
  /**
   * The event that the function gets, at most 8,192 characters as JSON.
   * @default - EventBridge's own event
   */
  readonly input?: object;
}

/**
 * The EventBridge rule that invokes functions on a schedule, with retries.
 *
 * @example
 * const nightly = new Schedule(this, "nightly", { expression: "cron(0 3 * * ? *)" });
 * nightly.invoke(report, { input: { days: 7 } });
 */
export class Schedule extends Construct {
  private readonly rule: CloudwatchEventRule;
  private readonly permissions = new Map<PythonFunction, InvokePermissions>();
  private targets = 0;

  constructor(scope: Construct, id: string, props: ScheduleProps) {
    super(scope, id);
    const { expression } = props;
    const mistake = SCHEDULE_EXPRESSION.test(expression)
      ? cronMistake(expression)
      : "use rate(1 hour), rate(24 hours) or the like (singular for 1, plural above), or cron() with six fields";
    if (mistake) throw new ConstructError(this, `expression: ${JSON.stringify(expression)} is not allowed; ${mistake}`);
    this.rule = new CloudwatchEventRule(this, "rule", {
      name: props.ruleName ?? nameOf(this),
      scheduleExpression: expression,
      state: props.enabled === false ? "DISABLED" : "ENABLED",
    });
  }

  /**
   * Invokes a function, up to five of them. The function's dead-letter queue gets the events that EventBridge cannot
   * deliver.
   *
   * @example
   * const nightly = new Schedule(this, "nightly", { expression: "rate(1 day)" });
   * nightly.invoke(report);
   * @throws ConstructError for too many targets and for a long input
   */
  invoke(fn: PythonFunction, { input }: InvokeProps = {}): void {
    this.targets += 1;
    if (this.targets > MAX_TARGETS) {
      throw new ConstructError(this, `has more than ${MAX_TARGETS} targets; use another schedule for the others`);
    }
    const json = JSON.stringify(input ?? {});
    if (json.length > MAX_INPUT_CHARACTERS) {
      throw new ConstructError(
        this,
        `the input for ${idOf(fn)} has ${json.length} characters; use at most ${MAX_INPUT_CHARACTERS}`,
      );
    }
    const known = this.permissions.get(fn);
    const suffix = known ? `-${this.targets}` : "";
    const permissions =
      known ??
      invokePermission(this, `permission-${idOf(fn)}`, {
        fn,
        service: "events.amazonaws.com",
        sourceArn: this.rule.arn,
      });
    this.permissions.set(fn, permissions);
    fn.deadLetterQueue.allowSendFrom(this.rule);
    const target = new CloudwatchEventTarget(this, `target-${idOf(fn)}${suffix}`, {
      rule: this.rule.name,
      // Otherwise the provider makes up an id, and a recovery would add a second target beside the first.
      targetId: `${fn.function.functionName}${suffix}`,
      arn: fn.invoked.arn,
      input: input && Fn.jsonencode(input),
      // EventBridge retries for six hours. Then the event goes to the queue, which has an alarm.
      retryPolicy: { maximumEventAgeInSeconds: 21_600, maximumRetryAttempts: 185 },
      deadLetterConfig: { arn: fn.deadLetterQueue.queue.arn },
    });
    awaitPermissions(target, permissions);
  }
}
