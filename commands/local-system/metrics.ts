/** What CloudWatch tells metrics apart by. */
export interface MetricId {
  readonly namespace: string;
  readonly metricName: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

/** CloudWatch's statistics that can be told from what is kept. */
export type Statistic = "Average" | "Maximum" | "Minimum" | "SampleCount" | "Sum";

/** The values of a metric in one slot of time. */
interface Slot {
  readonly start: number;
  sum: number;
  count: number;
  maximum: number;
  minimum: number;
}

const SLOT_MS = 1000;
/** The longest that any alarm of the system looks back, and a little more. */
const KEPT_MS = 3_600_000;

/** Counts what CloudWatch would count. */
export class Metrics {
  private readonly slots = new Map<string, Slot[]>();

  /** Begins to count a metric: until there is a value, it is one without data. */
  declare(id: MetricId): void {
    this.slots.set(key(id), []);
  }

  isCounted(id: MetricId): boolean {
    return this.slots.has(key(id));
  }

  record(id: MetricId, value: number, now: number = Date.now()): void {
    const slots = this.slots.get(key(id));
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

  /** A statistic over the time after `from` up to `to`; nothing where there is no value. */
  statistic(id: MetricId, statistic: Statistic, from: number, to: number): number | undefined {
    const slots = (this.slots.get(key(id)) ?? []).filter(({ start }) => start > from && start <= to);
    if (slots.length === 0) return undefined;
    const sum = slots.reduce((total, slot) => total + slot.sum, 0);
    const count = slots.reduce((total, slot) => total + slot.count, 0);
    switch (statistic) {
      case "Average":
        return sum / count;
      case "Maximum":
        return Math.max(...slots.map(({ maximum }) => maximum));
      case "Minimum":
        return Math.min(...slots.map(({ minimum }) => minimum));
      case "SampleCount":
        return count;
      case "Sum":
        return sum;
    }
  }
}

function key({ namespace, metricName, dimensions }: MetricId): string {
  return JSON.stringify([namespace, metricName, Object.entries(dimensions).sort()]);
}
