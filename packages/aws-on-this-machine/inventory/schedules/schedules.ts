import { DescribeRuleCommand, type EventBridgeClient, ListTargetsByRuleCommand } from "@aws-sdk/client-eventbridge";
import { GetScheduleCommand, type SchedulerClient } from "@aws-sdk/client-scheduler";
import type { ResourceRef } from "../resource-ref";
import { inputOf, type TargetInput } from "./target-input";

/** A target of a schedule. */
export interface ScheduleTarget extends TargetInput {
  /** The function's ARN, perhaps with a qualifier. */
  readonly arn: string;
  readonly deadLetterArn?: string;
}

/** A rule of EventBridge with a schedule, or a schedule of EventBridge Scheduler. */
export interface ScheduleResource {
  readonly address: string;
  readonly name: string;
  readonly arn: string;
  readonly expression: string;
  readonly isEnabled: boolean;
  /** The service that invokes the functions by their resource policies; undefined if a role of the schedule does. */
  readonly service?: string;
  /** The targets that are functions. */
  readonly targets: readonly ScheduleTarget[];
}

/** Reads a rule. Resolves to undefined if it has no schedule. */
export async function readRule(
  events: EventBridgeClient,
  { address, id }: ResourceRef,
): Promise<ScheduleResource | undefined> {
  // The provider's id of a rule on another bus than `default` begins with the bus.
  const [Name = "", EventBusName] = id.split("/").reverse();
  const rule = await events.send(new DescribeRuleCommand({ Name, EventBusName }));
  if (!rule.ScheduleExpression) return undefined;
  const { Targets = [] } = await events.send(new ListTargetsByRuleCommand({ Rule: Name, EventBusName }));
  return {
    address,
    name: Name,
    arn: rule.Arn ?? "",
    expression: rule.ScheduleExpression,
    isEnabled: rule.State !== "DISABLED",
    service: "events.amazonaws.com",
    targets: Targets.filter(({ Arn }) => isFunction(Arn)).map((target) => ({
      arn: target.Arn ?? "",
      input: target.Input,
      inputPath: target.InputPath,
      transformer: target.InputTransformer,
      deadLetterArn: target.DeadLetterConfig?.Arn,
    })),
  };
}

export async function readScheduleOfScheduler(
  scheduler: SchedulerClient,
  { address, id }: ResourceRef,
): Promise<ScheduleResource | undefined> {
  const [Name = "", GroupName] = id.split("/").reverse();
  const schedule = await scheduler.send(new GetScheduleCommand({ Name, GroupName }));
  const { Arn = "", Input, DeadLetterConfig } = schedule.Target ?? {};
  return {
    address,
    name: Name,
    arn: schedule.Arn ?? "",
    expression: schedule.ScheduleExpression ?? "",
    isEnabled: schedule.State !== "DISABLED",
    targets: isFunction(Arn) ? [{ arn: Arn, input: Input, deadLetterArn: DeadLetterConfig?.Arn }] : [],
  };
}

/**
 * The event of a schedule. All targets get the same id.
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-run-lambda-schedule.html
 */
export function scheduledEvent(
  { arn, name, service }: ScheduleResource,
  target: ScheduleTarget,
  { id, time }: { readonly id: string; readonly time: Date },
): string {
  const [, , , region = "", account = ""] = arn.split(":");
  const event = {
    version: "0",
    id,
    "detail-type": "Scheduled Event",
    source: service ? "aws.events" : "aws.scheduler",
    account,
    time: `${time.toISOString().slice(0, 19)}Z`,
    region,
    resources: [arn],
    // EventBridge Scheduler sends a text: https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
    detail: service ? {} : "{}",
  };
  return inputOf(target, event, { arn, name });
}

function isFunction(arn = ""): boolean {
  return arn.split(":")[2] === "lambda";
}
