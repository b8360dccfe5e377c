import { Faults } from "../../../event-sources/emulator-source";
import { openEventSource } from "../../../event-sources/event-source";
import { findFailed } from "../../../event-sources/invocation";

const IDS = ["1", "2", "3"];

test.each<[string, string[]]>([
  ["null", []],
  ["", []],
  ["{}", []],
  ['{"batchItemFailures": null}', []],
  ['{"batchItemFailures": []}', []],
  ['{"batchItemFailures": [{"itemIdentifier": "2"}]}', ["2"]],
  ['{"batchItemFailures": [{"itemIdentifier": ""}]}', IDS],
  ['{"batchItemFailures": [{"itemIdentifier": null}]}', IDS],
  ['{"batchItemFailures": [{"id": "2"}]}', IDS],
  ['{"batchItemFailures": ["2"]}', IDS],
  ['{"batchItemFailures": [null]}', IDS],
  ['{"batchItemFailures": [{"itemIdentifier": "4"}]}', IDS],
  ['{"batchItemFailures": "2"}', IDS],
  ['"done"', IDS],
  ["NaN", IDS],
])("the answer %s means that %j failed", (payload, failed) => {
  expect([...findFailed({ payload, isError: false }, IDS, true)]).toEqual(failed);
});

test("an error means all, and an answer only counts where the mapping says so", () => {
  const payload = '{"batchItemFailures": [{"itemIdentifier": "2"}]}';
  expect([...findFailed({ payload, isError: true }, IDS, true)]).toEqual(IDS);
  expect([...findFailed({ payload, isError: false }, IDS, false)]).toEqual([]);
});

test.each([
  [
    { EventSourceArn: "arn:aws:kafka:us-west-2:123456789012:cluster/c/1" },
    "arn:aws:kafka:us-west-2:123456789012:cluster/c/1 is not read: only SQS queues, DynamoDB streams and Kinesis streams are supported here.",
  ],
  [{}, "A source outside AWS is not read"],
  [
    { EventSourceArn: "arn:aws:kinesis:us-west-2:123456789012:stream/s", TumblingWindowInSeconds: 5 },
    "stream/s is not read: tumbling windows are not supported here.",
  ],
])("the mapping %j is refused", (mapping, message) => {
  const unused = () => {
    throw new Error("unused");
  };
  const props = { mapping, aws: {} as never, invoke: unused, settle: unused, onNotice: unused };
  expect(() => openEventSource(props)).toThrow(message);
});

test("a fault is told once, and not while Terraform may be deleting the queue", () => {
  const notices: string[] = [];
  let isApplying = true;
  const faults = new Faults("orders", { onNotice: (notice) => notices.push(notice), isApplying: () => isApplying });
  faults.report(new Error("There is no queue"));
  expect(notices).toEqual([]);
  isApplying = false;
  for (let time = 0; time < 2; time += 1) faults.report(new Error("There is no queue"));
  expect(notices).toEqual(["orders cannot be read: There is no queue"]);
});
