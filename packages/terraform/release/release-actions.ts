import { setTimeout as sleep } from "node:timers/promises";
import type { FunctionConfiguration } from "@aws-sdk/client-lambda";
import { renderTime } from "@local/command-line/text/time";
import { UserError } from "@local/command-line/user-error";
import {
  describeTraffic,
  type Ended,
  type Following,
  followRelease,
  LOOK_MS,
  MAX_LOOKS,
  type Progress,
} from "./follow-release";
import { runAlike } from "./function-version";
import type { ReleaseClient, Running, Traffic, Versions } from "./release-client";

/** The published versions that a release keeps for a rollback. */
const KEPT_VERSIONS = 10;

/** A release that ended this short a time before a stop is the one that the user meant to stop. */
const LATE_STOP_MS = 30 * 60_000;

/** The outcome of a release, for the user. */
export interface Outcome {
  /** Whether the newest version gets all invocations or, of a rollback, the wanted one. */
  readonly isLive: boolean;
  readonly text: string;
}

export interface ReleaseProps extends Following {
  /** Whether a version that was released before, and that is not live, gets another release. */
  readonly again: boolean;
  readonly ignoresAlarms: boolean;
  /**
   * Whether all invocations move in one step.
   * @default - as the function's setting says
   */
  readonly atOnce?: boolean;
}

/** Releases the newest version of a function, if it is not live. Follows a release in progress first. */
export async function releaseNewest(client: ReleaseClient, props: ReleaseProps): Promise<Outcome> {
  const { progress } = props;
  const { functionName } = client.fn;
  const running = await client.running();
  if (running) {
    progress.print("  A release is in progress.");
    const ended = await followRelease(client, running.id, props);
    const newest = (await client.versions()).published.at(-1)?.Version;
    const shift = await client.shift(running.id);
    if (shift?.to === newest && newest) return withAlarms(client, await end(client, ended, newest, progress), newest);
    if (shift?.from === newest && newest && running.isRollback) return takenBack(ended.live, newest);
  }
  const versions = await client.versions();
  const newest = versions.published.at(-1);
  const { version: live, shifted } = await client.traffic();
  if (shifted) return halfWay({ version: live, shifted });
  refuseUnpublished(functionName, versions);
  const target = newest?.Version ?? live;
  if (target === live) return { isLive: true, text: `Version ${live} is live.` };
  if (!props.again && newest && (await wasTakenBack(client, newest))) return takenBack(live, target);
  const obstacle = await findObstacle(client, props, versions, { live, target });
  if (obstacle) {
    const text = `Version ${live} stays live, and version ${target} was not released: ${obstacle}`;
    return { isLive: false, text };
  }
  const id = await client.start({ from: live, to: target, ignoresAlarms: props.ignoresAlarms, atOnce: props.atOnce });
  return withAlarms(client, await end(client, await followRelease(client, id, props), target, progress), target);
}

/** The reason why a release would not begin or would be rolled back at once, and what to do; undefined without one. */
async function findObstacle(
  client: ReleaseClient,
  { ignoresAlarms, atOnce, ...following }: ReleaseProps,
  { published }: Versions,
  { live, target }: { readonly live: string; readonly target: string },
): Promise<string | undefined> {
  const [liveRole, targetRole] = [live, target].map((each) => published.find(({ Version }) => Version === each)?.Role);
  // https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html
  if (!atOnce && liveRole !== targetRole) {
    return "its role is another one, and an alias has a second version only with the same role. Release it at once: npm run release -- --at-once.";
  }
  const firing = ignoresAlarms ? [] : await firingAlarms(client, following);
  if (firing.length === 0) return undefined;
  return `${alarmsFire(firing)}, and would roll it back at once. If version ${live} is the cause: npm run release -- rollback. If version ${target} is the cure: npm run release -- --ignore-alarms. Otherwise wait until no alarm fires, some minutes after the last error, and run npm run release.`;
}

/** Names the alarms that fire after a release, such as one that no alarm rolls back. */
async function withAlarms(client: ReleaseClient, outcome: Outcome, live: string): Promise<Outcome> {
  if (!outcome.isLive) return outcome;
  // A stale state is that of the version before.
  const firing = (await client.alarms(await client.alarmNames())).filter(
    ({ isFiring, isStale }) => isFiring && !isStale,
  );
  if (firing.length === 0) return outcome;
  const text = `${outcome.text} ${alarmsFire(firing.map(({ name }) => name))}. If version ${live} is the cause: npm run release -- rollback.`;
  return { isLive: true, text };
}

/** Stops the release in progress, and lets CodeDeploy move the traffic back. */
export async function stopRelease(client: ReleaseClient, following: Following): Promise<Outcome> {
  const running = await client.running();
  if (!running) {
    const traffic = await client.traffic();
    if (traffic.shifted) return halfWay(traffic);
    return tooLate(client, traffic.version);
  }
  const { isBack, live } = await takeBack(client, running, following);
  const what = running.isRollback ? "CodeDeploy has taken the release back already." : "The release is stopped.";
  if (isBack) return { isLive: true, text: `${what} Version ${live} is live.` };
  return {
    isLive: false,
    text: `The release could not be stopped before its end. Version ${live} is live; go back with npm run release -- rollback.`,
  };
}

async function tooLate(client: ReleaseClient, live: string): Promise<Outcome> {
  const version = (await client.versions()).published.find(({ Version }) => Version === live);
  const ended = version && (await client.historySince(version)).releasedAt(live);
  const text = `No release is in progress. Version ${live} is live`;
  if (!ended || ended.getTime() < Date.now() - LATE_STOP_MS) return { isLive: true, text: `${text}.` };
  return {
    isLive: false,
    text: `${text} since ${renderTime(ended)}, when its release ended; go back with npm run release -- rollback.`,
  };
}

/** Stops the release in progress, but not CodeDeploy's own rollback, and awaits the end of either. */
async function takeBack(client: ReleaseClient, { id, isRollback }: Running, following: Following) {
  if (!isRollback) await client.stop(id);
  const { isLive, live } = await followRelease(client, id, following);
  return { isBack: isLive === isRollback, live };
}

/**
 * Moves all traffic to an earlier version at once, whatever the alarms say. Stops a release in progress.
 *
 * @param wanted by default the version from which the latest release came
 * @throws UserError if the wanted version does not exist, and by default if no release came to the live version
 */
export async function rollBack(client: ReleaseClient, following: Following, wanted?: string): Promise<Outcome> {
  const { functionName } = client.fn;
  const running = await client.running();
  if (running) {
    const ended = await takeBack(client, running, following).catch((error) => {
      // The release ended half-way, from where there is a way back.
      if (!(error instanceof UserError)) throw error;
    });
    if (ended?.isBack && wanted === undefined) return { isLive: true, text: `Version ${ended.live} is live.` };
  }
  const { version: live, shifted } = await client.traffic();
  const { published } = await client.versions();
  const current = published.find(({ Version }) => Version === live);
  const target = wanted ?? (shifted ? live : current && (await client.historySince(current)).predecessor(live));
  if (target === undefined || !published.some(({ Version }) => Version === target)) {
    const why = target
      ? `version ${target} does not exist`
      : `no release came to version ${live}, so there is no version to go back to`;
    throw new UserError(`${functionName}: ${why}; ${await renderOthers(client, published, live)}.`);
  }
  if (shifted) await client.moveAll(target);
  if (shifted || target === live) return { isLive: true, text: `Version ${target} is live.` };
  const id = await client.start({ from: live, to: target, atOnce: true, ignoresAlarms: true });
  return end(client, await followRelease(client, id, following), target, following.progress);
}

/** The versions to which a rollback can lead, the newest first, with the time when each was published. */
async function renderOthers(client: ReleaseClient, published: readonly FunctionConfiguration[], live: string) {
  const others = published.filter(({ Version }) => Version !== live);
  const [oldest] = others;
  if (!oldest) return "there is no other version";
  const history = await client.historySince(oldest);
  const rendered = others.map(({ Version = "", LastModified = "" }) => {
    const notes = [renderTime(new Date(LastModified)), ...(history.isTakenBack(Version) ? ["taken back"] : [])];
    return `${Version} (${notes.join(", ")})`;
  });
  return `name one with --version: ${rendered.reverse().join(", ")}`;
}

/** Whether a version that is not live was released and taken back. */
async function wasTakenBack(client: ReleaseClient, version: FunctionConfiguration): Promise<boolean> {
  return (await client.historySince(version)).isTakenBack(version.Version ?? "");
}

/** The newest version: live, to be released by an apply, or left by it until other code is deployed. */
export type State = "live" | "due" | "taken back";

/** The traffic, the release in progress, the newest version and the alarms, in one line, and the state of the newest version. */
export async function describeRelease(
  client: ReleaseClient,
): Promise<{ readonly state: State; readonly text: string }> {
  const traffic = await client.traffic();
  const running = await client.running();
  const newest = (await client.versions()).published.at(-1);
  const alarms = await client.alarms(await client.alarmNames());
  const firing = alarms.filter(({ isFiring }) => isFiring).map(({ name }) => name);
  const isLive = !running && !traffic.shifted && (!newest || newest.Version === traffic.version);
  const isTakenBack = !isLive && !running && newest !== undefined && (await wasTakenBack(client, newest));
  const text = [
    describeTraffic(traffic),
    running ? `the release ${running.id} is in progress` : "no release is in progress",
    ...(isLive || running ? [] : [`version ${newest?.Version} is not live`]),
    ...(isTakenBack ? ["it was released and taken back"] : []),
    firing.length > 0 ? alarmsFire(firing).replace("The", "the") : "no alarm fires",
  ].join("; ");
  return { state: isLive ? "live" : isTakenBack ? "taken back" : "due", text };
}

async function end(client: ReleaseClient, ended: Ended, target: string, progress: Progress): Promise<Outcome> {
  if (ended.isLive) {
    await client.keepNewest(KEPT_VERSIONS).catch((error: Error) => {
      progress.print(`  Warning: AWS did not delete old versions: ${error.message}`);
    });
    return { isLive: true, text: `Version ${target} is live.` };
  }
  const { latest } = await client.versions();
  const logGroup = latest?.LoggingConfig?.LogGroup ?? `/aws/lambda/${client.fn.functionName}`;
  const why = ended.alarms.length > 0 ? `${alarmsFire(ended.alarms)}.` : `CodeDeploy says: ${ended.reason}`;
  const text = `Version ${target} was rolled back, and version ${ended.live} is live. ${why} Read the log: aws logs tail ${logGroup} --since 30m --filter-pattern '?ERROR ?timed ?timeout'`;
  return { isLive: false, text };
}

function takenBack(live: string, target: string): Outcome {
  const text = `Version ${live} is live. Version ${target} was released and taken back; deploy other code, or release it again with npm run release.`;
  return { isLive: false, text };
}

/** CodeDeploy's deployments would fail. */
function halfWay(traffic: Traffic): Outcome {
  const text = `No release is in progress, but ${describeTraffic(traffic)}; go back with npm run release -- rollback.`;
  return { isLive: false, text };
}

/** The alarms that fire. Awaits those that fired before a deployment changed them, such as to watch its version. */
async function firingAlarms(client: ReleaseClient, { progress, wait = sleep }: Following): Promise<string[]> {
  const names = await client.alarmNames();
  for (let looks = 0; ; looks++) {
    const firing = (await client.alarms(names)).filter(({ isFiring }) => isFiring);
    if (looks === MAX_LOOKS || !firing.some(({ isStale }) => isStale)) return firing.map(({ name }) => name);
    if (looks === 0) progress.print("  CloudWatch evaluates the changed alarms.");
    await wait(LOOK_MS);
  }
}

/** A version that was deleted, and code that was changed outside of Terraform, would otherwise seem to be live. */
function refuseUnpublished(functionName: string, { published, latest }: Versions): void {
  const newest = published.at(-1);
  if (!latest || (newest && runAlike(newest, latest))) return;
  throw new UserError(
    `${functionName}: no published version has its newest code and configuration: the version was deleted, or the function was changed by hand. Publish it with aws lambda publish-version --function-name ${functionName}, and release it with npm run plan and npm run apply.`,
  );
}

function alarmsFire(names: readonly string[]): string {
  return names.length === 1 ? `The alarm ${names[0]} fires` : `The alarms ${names.join(", ")} fire`;
}
