import type { InputTransformer } from "@aws-sdk/client-eventbridge";

/** The fields of a target that replace its event. */
export interface TargetInput {
  /** The event, if the target replaces the schedule's own. */
  readonly input?: string;
  /** The path of the part of the event that the target gets. */
  readonly inputPath?: string;
  readonly transformer?: InputTransformer;
}

interface ScheduledEvent {
  readonly time: string;
  readonly detail: unknown;
}

/**
 * Returns the event that a rule's target gets, as JSON.
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
 */
export function inputOf(
  { input, inputPath, transformer }: TargetInput,
  event: ScheduledEvent,
  rule: { readonly arn: string; readonly name: string },
): string {
  if (input !== undefined) return input;
  if (inputPath !== undefined) return JSON.stringify(valueAt(event, inputPath) ?? null);
  if (transformer === undefined) return JSON.stringify(event);
  const { detail: _, ...withoutDetail } = event;
  const paths = Object.entries(transformer.InputPathsMap ?? {});
  const values = new Map<string, unknown>([
    ...paths.map(([name, path]) => [name, valueAt(event, path)] as const),
    ["aws.events.rule-arn", rule.arn],
    ["aws.events.rule-name", rule.name],
    ["aws.events.event.ingestion-time", event.time],
    ["aws.events.event", withoutDetail],
    ["aws.events.event.json", event],
  ]);
  // A string of JSON, or a variable outside of strings.
  return (transformer.InputTemplate ?? "").replace(/"(?:\\.|[^"\\])*"|<([\w.-]+)>/g, (text, name?: string) =>
    name === undefined
      ? text.replace(/<([\w.-]+)>/g, (_variable, inner: string) => textOf(values.get(inner)))
      : JSON.stringify(values.get(name) ?? ""),
  );
}

/** The text of a variable within a string of JSON. EventBridge removes the quotes of an object there. */
function textOf(value: unknown): string {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "").replaceAll('"', "");
  return JSON.stringify(text).slice(1, -1);
}

/** @param path such as `$.detail.items[0]` */
function valueAt(event: unknown, path: string): unknown {
  const names = path.replace(/^\$/, "").match(/[^.[\]]+/g) ?? [];
  return names.reduce<unknown>((value, name) => Object(value)[name], event);
}
