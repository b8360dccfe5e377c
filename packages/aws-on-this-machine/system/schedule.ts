import { randomUUID } from "node:crypto";
import {
  DescribeRuleCommand,
  type DescribeRuleResponse,
  type EventBridgeClient,
  ListRuleNamesByTargetCommand,
  ListTargetsByRuleCommand,
  type Target,
} from "@aws-sdk/client-eventbridge";

export interface DeployedSchedule {
  readonly rule: DescribeRuleResponse;
  readonly target: Target;
}

export async function readSchedule(
  events: EventBridgeClient,
  functionArn: string,
): Promise<DeployedSchedule | undefined> {
  const { RuleNames = [] } = await events.send(new ListRuleNamesByTargetCommand({ TargetArn: functionArn }));
  for (const Name of RuleNames) {
    const rule = await events.send(new DescribeRuleCommand({ Name }));
    const { Targets = [] } = await events.send(new ListTargetsByRuleCommand({ Rule: Name }));
    const target = Targets.find(({ Arn }) => Arn === functionArn);
    if (rule.ScheduleExpression && target) return { rule, target };
  }
  return undefined;
}

/** The event of a rule: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-run-lambda-schedule.html */
export function scheduledEvent({ rule, target }: DeployedSchedule, region: string, accountId: string, now: Date) {
  const event = {
    version: "0",
    id: randomUUID(),
    "detail-type": "Scheduled Event",
    source: "aws.events",
    account: accountId,
    time: `${now.toISOString().slice(0, 19)}Z`,
    region,
    resources: [rule.Arn ?? ""],
    detail: {},
  };
  return { id: event.id, payload: target.Input ? (JSON.parse(target.Input) as object) : event };
}
