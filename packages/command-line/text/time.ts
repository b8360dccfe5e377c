/** Such as `2026-01-01T06:00:00Z`. */
export function renderTime(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, "Z");
}
