import { inputOf } from "../../../inventory/schedules/target-input";

const RULE = { arn: "arn:rule/daily", name: "daily" };
const EVENT = {
  source: "aws.events",
  time: "2026-01-01T06:00:00Z",
  resources: ["arn:rule/daily"],
  detail: { a: 'x"y' },
};

test.each([
  ["the event itself", {}, EVENT],
  ["an input of its own", { input: "[1]", inputPath: "$.time" }, [1]],
  ["a part of the event", { inputPath: "$.detail" }, { a: 'x"y' }],
  ["an element of a list", { inputPath: "$.resources[0]" }, "arn:rule/daily"],
  ["a part that the event lacks", { inputPath: "$.detail.b.c" }, null],
])("a target gets %s", (_what, target, expected) => {
  expect(JSON.parse(inputOf(target, EVENT, RULE))).toEqual(expected);
});

test.each([
  ['{"at": <at>, "in": <detail>}', { at: EVENT.time, in: EVENT.detail }],
  ['{"at": "at <at>, <none>.", "in": "<detail>"}', { at: `at ${EVENT.time}, .`, in: "{a:x\\y}" }],
  ['"<a> of <aws.events.rule-name>, \\"<aws.events.rule-arn>\\""', 'x"y of daily, "arn:rule/daily"'],
  ["[<aws.events.event.ingestion-time>, <aws.events.event.json>]", [EVENT.time, EVENT]],
  ["<aws.events.event>", { source: EVENT.source, time: EVENT.time, resources: EVENT.resources }],
])("the template %s has the parts of the event in place of its variables", (InputTemplate, expected) => {
  const InputPathsMap = { at: "$.time", detail: "$.detail", a: "$.detail.a", none: "$.detail.b" };
  expect(JSON.parse(inputOf({ transformer: { InputPathsMap, InputTemplate } }, EVENT, RULE))).toEqual(expected);
});
