import { setTimeout as sleep } from "node:timers/promises";
import type { DeploymentInfo } from "@aws-sdk/client-codedeploy";
import { UserError } from "@local/command-line/user-error";
import type { ReleaseClient, Traffic } from "./release-client";
import { isRollback, type Shift } from "./release-history";

/** The interval between two looks at a release, in milliseconds. */
export const LOOK_MS = 2000;

/** How often AWS is asked for a change that takes a minute or two, such as a rollback, which moves all traffic in one step. */
export const MAX_LOOKS = 60;

/** After so many failed looks in a row, the command gives up. The SDK retries each of them before. */
const MAX_FAILURES = 5;

/** The command prints this when it gives up or is interrupted. */
export const GOES_ON =
  "CodeDeploy goes on with the release. Follow it with npm run release; npm run release -- stop ends it and moves the traffic back.";

const ENDED: ReadonlySet<string> = new Set(["Succeeded", "Failed", "Stopped"]);

/** Shows the progress of a release. */
export interface Progress {
  /** Replaces the former note. */
  setNote(note: string): void;
  /** Prints a line that stays. */
  print(line: string): void;
}

export interface Following {
  readonly progress: Progress;
  /** Waits between two looks. */
  readonly wait?: (ms: number) => Promise<unknown>;
}

/** The end of a release. */
export interface Ended {
  readonly isLive: boolean;
  /** The version that now gets all invocations. */
  readonly live: string;
  /** The reason of a rollback. */
  readonly reason: string;
  /** The alarms that fired during the release. */
  readonly alarms: readonly string[];
}

/**
 * Follows a deployment to its end and, if it fails, the deployment that rolls it back.
 *
 * @throws UserError if the traffic is neither at the new version nor back then
 */
export async function followRelease(client: ReleaseClient, id: string, following: Following): Promise<Ended> {
  const { progress, wait = sleep } = following;
  const look = new Look(client, progress);
  await awaitEnd(look, id, wait).catch((error) => {
    progress.print(`  ${GOES_ON}`);
    throw error;
  });
  const { status, errorInformation: { code = "", message = "" } = {} } = await client.deployment(id);
  const shift = await client.shift(id);
  if (status !== "Succeeded" && shift) {
    const hasBegun = await awaitRollback(client, id, wait);
    // The way back from a rollback would lead to the version that it takes back.
    if (!hasBegun && !isRollback(shift)) await goBack(client, shift, progress);
  }
  const { version, shifted } = await client.traffic();
  const isLive = status === "Succeeded";
  if (shifted || (shift && isLive !== (shift.to === version))) {
    const reason = [`${status}`, message].filter(Boolean).join(": ");
    throw new UserError(
      `${client.fn.functionName}: the release ${id} ended (${reason}), but ${describeTraffic({ version, shifted })}; go back with npm run release -- rollback.`,
    );
  }
  // Such as `Activated alarms: <orders-errors> <orders-5xx>`.
  const named = look.alarms.filter((name) => message.includes(`<${name}>`));
  return { isLive, live: version, reason: message || code, alarms: named.length > 0 ? named : [...look.fired] };
}

/** Looks at a release until it ends, or until several looks in a row have failed. */
async function awaitEnd(look: Look, id: string, wait: (ms: number) => Promise<unknown>): Promise<void> {
  for (let failures = 0; ; await wait(LOOK_MS)) {
    try {
      if (ENDED.has((await look.again(id)).status ?? "")) return;
      failures = 0;
    } catch (error) {
      failures += 1;
      if (failures === MAX_FAILURES) throw error;
    }
  }
}

/** Looks at a release, and shows what is new. */
class Look {
  /** The alarms that fired. */
  readonly fired = new Set<string>();
  alarms: readonly string[] = [];
  private names?: string[];
  private shown = "";
  private together?: string;

  constructor(
    private readonly client: ReleaseClient,
    private readonly progress: Progress,
  ) {}

  async again(id: string): Promise<DeploymentInfo> {
    const deployment = await this.client.deployment(id);
    this.names ??= await this.client.alarmNames();
    const alarms = await this.client.alarms(this.names);
    this.alarms = alarms.map(({ name }) => name);
    const firing = alarms.filter(({ isFiring }) => isFiring);
    for (const { name } of firing) {
      if (!this.fired.has(name)) this.progress.print(`  The alarm ${name} fires.`);
      this.fired.add(name);
    }
    const note = describeTraffic(await this.client.traffic());
    // Without a terminal, only these lines show that the release goes on.
    if (note !== this.shown) this.progress.print(`  ${note}`);
    this.shown = note;
    // Roles for GitHub may read this application's configurations only, and a rollback by hand has one of AWS's.
    this.together ??= describeMinutes(await this.client.seconds(deployment).catch(() => undefined));
    this.progress.setNote(`${note}, ${firing.length} of ${alarms.length} alarms fire${this.together}`);
    return deployment;
  }
}

/** Awaits the deployment that rolls a release back. Returns whether CodeDeploy has begun one. */
async function awaitRollback(
  client: ReleaseClient,
  id: string,
  wait: (ms: number) => Promise<unknown>,
): Promise<boolean> {
  let rollback: string | undefined;
  for (let looks = 0; looks < MAX_LOOKS; looks++) {
    rollback = (await client.deployment(id)).rollbackInfo?.rollbackDeploymentId;
    const { status = "" } = rollback ? await client.deployment(rollback) : {};
    if (ENDED.has(status)) return true;
    await wait(LOOK_MS);
  }
  return rollback !== undefined;
}

/**
 * Moves the traffic back in place of CodeDeploy. Its rollback deploys the last successful revision; AWS does not say what it
 * does for the first release of a deployment group, which has none.
 * @see https://docs.aws.amazon.com/codedeploy/latest/userguide/deployments-rollback-and-redeploy.html
 */
async function goBack(client: ReleaseClient, { from }: Pick<Shift, "from">, progress: Progress): Promise<void> {
  const { version, shifted } = await client.traffic();
  if (!shifted && version === from) return;
  progress.print(`  CodeDeploy has begun no rollback. All invocations move back to version ${from}.`);
  await client.moveAll(from);
}

/** Such as `version 7 gets 10 %, version 6 gets 90 %`. */
export function describeTraffic({ version, shifted }: Traffic): string {
  if (!shifted) return `version ${version} gets all invocations`;
  return `version ${shifted.version} gets ${shifted.percent} %, version ${version} gets ${100 - shifted.percent} %`;
}

function describeMinutes(seconds: number | undefined): string {
  return seconds === undefined ? "" : `, takes ${seconds / 60} min`;
}
