export interface MetricId {
  readonly namespace: string;
  readonly metricName: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

export type Statistic = "Average" | "Maximum" | "Minimum" | "SampleCount" | "Sum";

interface Slot {
  readonly start: number;
  sum: number;
  count: number;
  maximum: number;
  minimum: number;
}

const SLOT_MS = 1000;
/** More than the evaluation time of any alarm of the system. */
const KEPT_MS = 3_600_000;

/** Counts metrics as CloudWatch does. */
export class Metrics {
  private readonly slots = new Map<string, Slot[]>();

  /** Adds a metric without data, unless it is there. */
  declare(id: MetricId): void {
    const key = metricKey(id);
    if (!this.slots.has(key)) this.slots.set(key, []);
  }

  isCounted(id: MetricId): boolean {
    return this.slots.has(metricKey(id));
  }

  record(id: MetricId, value: number, now: number = Date.now()): void {
    const slots = this.slots.get(metricKey(id));
    if (!slots) return;
    const start = now - (now % SLOT_MS);
    let slot = slots.at(-1);
    if (slot?.start !== start) {
      slot = { start, sum: 0, count: 0, maximum: -Infinity, minimum: Infinity };
      slots.push(slot);
      const oldest = slots.findIndex((each) => each.start > now - KEPT_MS);
      slots.splice(0, oldest);
    }
    slot.sum += value;
    slot.count += 1;
    slot.maximum = Math.max(slot.maximum, value);
    slot.minimum = Math.min(slot.minimum, value);
  }

  /** A statistic of the time after `from` up to `to`; undefined if it has no value. */
  statistic(id: MetricId, statistic: Statistic, from: number, to: number): number | undefined {
    const slots = (this.slots.get(metricKey(id)) ?? []).filter(({ start }) => start > from && start <= to);
    if (slots.length === 0) return undefined;
    const sum = slots.reduce((total, slot) => total + slot.sum, 0);
    const count = slots.reduce((total, slot) => total + slot.count, 0);
    const statistics: Record<Statistic, number> = {
      Average: sum / count,
      Maximum: Math.max(...slots.map(({ maximum }) => maximum)),
      Minimum: Math.min(...slots.map(({ minimum }) => minimum)),
      SampleCount: count,
      Sum: sum,
    };
    return statistics[statistic];
  }
}

export function metricKey({ namespace, metricName, dimensions }: MetricId): string {
  return JSON.stringify([namespace, metricName, Object.entries(dimensions).sort()]);
}
