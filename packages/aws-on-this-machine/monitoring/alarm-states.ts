import { type CloudWatchClient, type MetricAlarm, SetAlarmStateCommand } from "@aws-sdk/client-cloudwatch";
import type { AlarmSummary } from "../system/running-system";

const LOOK_MS = 1000;

/** Tells AWS's emulator when an alarm fires, and when it no longer does. Its deployments stop at an alarm. */
export class AlarmStates {
  private readonly firing = new Map<string, boolean>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly cloudwatch: Pick<CloudWatchClient, "send">,
    private readonly evaluate: () => readonly AlarmSummary[],
  ) {}

  /** Goes on with these alarms, whose states the emulator has. */
  update(alarms: readonly MetricAlarm[]): void {
    this.firing.clear();
    for (const { AlarmName = "", StateValue } of alarms) this.firing.set(AlarmName, StateValue === "ALARM");
    this.timer ??= setInterval(() => void this.tell(), LOOK_MS);
  }

  /** Tells the changes since the last call. */
  async tell(): Promise<void> {
    for (const { name, state, metric, value } of this.evaluate()) {
      const isFiring = state === "ALARM";
      if (state === "not counted here" || this.firing.get(name) === isFiring) continue;
      this.firing.set(name, isFiring);
      const reason = { StateValue: state, StateReason: `${metric} is ${value} on this machine.` };
      // The alarm may have gone since the resources were read.
      await this.cloudwatch.send(new SetAlarmStateCommand({ AlarmName: name, ...reason })).catch(() => {});
    }
  }

  stop(): void {
    clearInterval(this.timer);
  }
}
