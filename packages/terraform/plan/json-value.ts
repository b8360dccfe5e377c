export const UNKNOWN_VALUE = "(known after apply)";

/** Whether a JSON value is an object or an array. */
export function isContainer(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

/** Whether a value or a part of it is marked, such as sensitive. */
export function containsTrue(mark: unknown): boolean {
  return mark === true || (isContainer(mark) && Object.values(mark).some(containsTrue));
}

/**
 * Formats a path, such as `environment[0].variables.DYNAMODB_TABLE_NAME`. A step in brackets, such as the `Sid` of a
 * policy's statement, stays unchanged: `policy.Statement[Write].Action`.
 */
export function formatPath(path: readonly (string | number)[]): string {
  return path
    .map((step) => (typeof step === "number" ? `[${step}]` : step.startsWith("[") ? step : `.${step}`))
    .join("")
    .replace(/^\./, "");
}
