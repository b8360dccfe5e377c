import { UserError } from "@local/command-line/user-error";

const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };
const AGE = /^(\d+)([mhd])$/;
const ISO = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})$/;

/**
 * Reads a time of the past: an age, such as `90m`, `3h` or `2d`, or an ISO 8601 time with its zone. Without a zone, two
 * people could mean two times.
 *
 * @throws UserError for another text, and for a time to come
 */
export function parsePastTime(option: string, text: string, now = Date.now()): Date {
  const [, count, unit = ""] = AGE.exec(text) ?? [];
  const time = new Date(count ? now - Number(count) * (UNITS[unit] ?? 0) : ISO.test(text) ? text : Number.NaN);
  if (Number.isNaN(time.getTime())) {
    throw new UserError(
      `${option} is ${text}; use a time with its zone, such as 2026-01-01T06:00:00Z, or an age, such as 90m, 3h or 2d.`,
    );
  }
  if (time.getTime() > now) throw new UserError(`${option} is ${text}, which is still to come.`);
  // DynamoDB restores to a second.
  return new Date(Math.floor(time.getTime() / 1000) * 1000);
}
