/**
 * Fills in a stage's access-log format. A variable without a value becomes `-`. Values are escaped as in JSON, so that
 * no request can break the line.
 *
 * @param values what the variables stand for, by their names without `$context.`
 */
export function formatAccessLog(format: string, values: Readonly<Record<string, string | number | undefined>>): string {
  return format.replace(/\$context\.([A-Za-z.]+)/g, (_variable, name: string) =>
    JSON.stringify(String(values[name] ?? "-")).slice(1, -1),
  );
}
