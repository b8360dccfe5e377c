/**
 * Formats a line of the access log, with values by the variables' names without `$context.`, or `-`. Values are
 * escaped as in JSON, so that a request cannot add fields or lines.
 */
export function formatAccessLog(format: string, values: Readonly<Record<string, string | number | undefined>>): string {
  return format.replace(/\$context\.([A-Za-z.]+)/g, (_variable, name: string) =>
    JSON.stringify(String(values[name] ?? "-")).slice(1, -1),
  );
}
