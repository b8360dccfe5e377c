import { readDeadLetter, renderDeadLetter } from "../../dead-letters/dead-letter";

const SENT = Date.parse("2026-01-01T06:00:00Z");
const MessageId = "4c8b";
const Attributes = { SentTimestamp: String(SENT) };
const EVENT =
  '{"id": "6c1f", "detail-type": "Scheduled Event", "source": "aws.events", "detail": {"n": 12345678901234567890}}';

function record(payload: string, others: object = {}): string {
  const requestContext = { requestId: "b2a3", condition: "RetriesExhausted", approximateInvokeCount: 3 };
  const text = JSON.stringify({ version: "1.0", requestContext, requestPayload: "PAYLOAD", ...others });
  return text.replace('"PAYLOAD"', payload);
}

test("a failed invocation has the function's error, and the event as it was", () => {
  const responsePayload = { errorType: "TimeoutError", errorMessage: "too\nslow", stackTrace: [] };
  const letter = readDeadLetter({ MessageId, Body: record(EVENT, { responsePayload }), Attributes });
  // A large number, parsed and written again, would be another.
  expect(letter.event).toBe(EVENT);
  expect(renderDeadLetter(letter, SENT + 3 * 3_600_000)).toBe(
    "2026-01-01 06:00:00 UTC  3 h     Scheduled Event 6c1f  RetriesExhausted after 3 attempts: TimeoutError: too�slow",
  );
});

test("an invocation by hand is named by its request", () => {
  expect(readDeadLetter({ MessageId, Body: record('{"a": 1}'), Attributes })).toEqual({
    id: MessageId,
    sentAt: SENT,
    what: "invocation b2a3",
    error: "RetriesExhausted after 3 attempts",
    event: '{"a": 1}',
  });
});

test("what EventBridge could not deliver is the event itself, and EventBridge's error is beside it", () => {
  const MessageAttributes = Object.fromEntries(
    Object.entries({ ERROR_CODE: "NO_PERMISSIONS", ERROR_MESSAGE: "not authorized", RULE_ARN: "arn" }).map(
      ([name, StringValue]) => [name, { DataType: "String", StringValue }],
    ),
  );
  expect(readDeadLetter({ MessageId, Body: EVENT, Attributes, MessageAttributes })).toEqual({
    id: MessageId,
    sentAt: SENT,
    what: "Scheduled Event 6c1f",
    error: "NO_PERMISSIONS: not authorized",
    event: EVENT,
  });
  expect(readDeadLetter({ Body: EVENT, Attributes }).error).toBe("not delivered");
});

test.each(["hello", '{"hello": 1}', "null", '["id"]', ""])("%j is no event", (Body) => {
  expect(readDeadLetter({ MessageId, Body, Attributes })).toEqual({
    id: MessageId,
    sentAt: SENT,
    what: "message",
    error: Body,
  });
});

test.each([
  [-5, "0 min"],
  [59, "59 min"],
  [60, "1 h"],
  [47 * 60 + 59, "47 h"],
  [48 * 60, "2 d"],
])("after %d minutes the age is %s", (minutes, age) => {
  const letter = { id: MessageId, sentAt: SENT, what: "x", error: "y" };
  expect(renderDeadLetter(letter, SENT + minutes * 60_000)).toContain(`UTC  ${age} `);
});
