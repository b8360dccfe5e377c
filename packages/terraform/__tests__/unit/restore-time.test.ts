import { renderTime } from "@local/command-line/text/time";
import { parsePastTime } from "../../restore/restore-time";

const NOW = Date.parse("2026-01-02T00:00:00.700Z");

test.each([
  ["2026-01-01T06:00:00Z", "2026-01-01T06:00:00Z"],
  ["2026-01-01T06:00Z", "2026-01-01T06:00:00Z"],
  ["2026-01-01T08:00:00+02:00", "2026-01-01T06:00:00Z"],
  ["90m", "2026-01-01T22:30:00Z"],
  ["3h", "2026-01-01T21:00:00Z"],
  ["2d", "2025-12-31T00:00:00Z"],
])("%s is %s", (text, time) => {
  expect(renderTime(parsePastTime("--at", text, NOW))).toBe(time);
});

test.each(["yesterday", "2026-01-01", "2026-01-01T06:00:00", "2026-13-01T06:00:00Z", "3w", "h", ""])(
  "%j is no time, or has no zone",
  (text) => {
    expect(() => parsePastTime("--at", text, NOW)).toThrow(`--at is ${text}; use a time with its zone, such as`);
  },
);

test("a time to come is refused", () => {
  expect(() => parsePastTime("--at", "2026-01-02T00:00:01Z", NOW)).toThrow("which is still to come");
});
