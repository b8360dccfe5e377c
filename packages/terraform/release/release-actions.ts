import { isDeepStrictEqual } from "node:util";
import { UserError } from "@local/command-line/user-error";
import { describeTraffic, type Ended, type Following, followRelease } from "./follow-release";
import type { ReleaseClient, Versions } from "./release-client";

/** The parts of a function of which one differs from the newest version if that is not its code and configuration. */
const OF_VERSION = [
  "CodeSha256",
  "Environment",
  "Handler",
  "Layers",
  "MemorySize",
  "Role",
  "Runtime",
  "Timeout",
] as const;

/** The published versions that a release keeps for a rollback. */
const KEPT_VERSIONS = 10;

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
    const ended = await followRelease(client, running, props);
    const { published } = await client.versions();
    const shift = await client.shift(running);
    if (shift && shift.to === published.at(-1)?.Version) return end(client, ended, shift.to);
  }
  const versions = await client.versions();
  const newest = versions.published.at(-1);
  const { version: live } = await client.traffic();
  refuseUnpublished(functionName, versions);
  const target = newest?.Version ?? live;
  if (target === live) return { isLive: true, text: `Version ${live} is live.` };
  if (!props.again && newest && (await client.wasReleased(newest))) {
    const text = `Version ${live} is live. Version ${target} was released and taken back; deploy other code, or release it again with npm run release.`;
    return { isLive: false, text };
  }
  const firing = (await client.alarms()).filter(({ isFiring }) => isFiring).map(({ name }) => name);
  if (firing.length > 0 && !props.ignoresAlarms) {
    const text = `Version ${live} stays live, and version ${target} was not released: ${alarmsFire(firing)}, and would roll it back at once. If it is the cure, release it with npm run release -- --ignore-alarms.`;
    return { isLive: false, text };
  }
  const id = await client.start({ from: live, to: target, ignoresAlarms: props.ignoresAlarms, atOnce: props.atOnce });
  return end(client, await followRelease(client, id, props), target);
}

/** Stops the release in progress, and lets CodeDeploy move the traffic back. */
export async function stopRelease(client: ReleaseClient, following: Following): Promise<Outcome> {
  const running = await client.running();
  if (!running) {
    return { isLive: true, text: `No release is in progress. Version ${(await client.traffic()).version} is live.` };
  }
  await client.stop(running);
  const { live } = await followRelease(client, running, following);
  return { isLive: true, text: `The release is stopped. Version ${live} is live.` };
}

/**
 * Moves all traffic to an earlier version at once, whatever the alarms say. Stops a release in progress.
 *
 * @param wanted by default the version from which the latest release came
 * @throws UserError if there is no such version
 */
export async function rollBack(client: ReleaseClient, following: Following, wanted?: string): Promise<Outcome> {
  const { functionName } = client.fn;
  const running = await client.running();
  if (running) {
    const stopped = await stopRelease(client, following);
    if (wanted === undefined) return stopped;
  }
  const { version: live } = await client.traffic();
  const { published } = await client.versions();
  const all = published.map(({ Version = "" }) => Version);
  const current = published.find(({ Version }) => Version === live);
  const target = wanted ?? (current && (await client.predecessor(current)));
  if (target === undefined) {
    throw new UserError(
      `${functionName}: no release came to version ${live}, so there is no version to go back to; name one with --version: ${all.join(", ")}.`,
    );
  }
  if (!all.includes(target)) {
    throw new UserError(
      `${functionName}: version ${target} does not exist; name another with --version: ${all.join(", ")}.`,
    );
  }
  if (target === live) return { isLive: true, text: `Version ${live} is live.` };
  const id = await client.start({ from: live, to: target, atOnce: true, ignoresAlarms: true });
  return end(client, await followRelease(client, id, following), target);
}

/** The traffic, the release in progress, the newest version and the alarms, in one line. */
export async function describeRelease(client: ReleaseClient): Promise<string> {
  const traffic = await client.traffic();
  const running = await client.running();
  const newest = (await client.versions()).published.at(-1)?.Version;
  const firing = (await client.alarms()).filter(({ isFiring }) => isFiring).map(({ name }) => name);
  return [
    describeTraffic(traffic),
    running ? `the release ${running} is in progress` : "no release is in progress",
    ...(!running && newest !== traffic.version ? [`version ${newest} is not live`] : []),
    firing.length > 0 ? alarmsFire(firing).replace("The", "the") : "no alarm fires",
  ].join("; ");
}

async function end(client: ReleaseClient, ended: Ended, target: string): Promise<Outcome> {
  if (ended.isLive) {
    await client.keepNewest(KEPT_VERSIONS);
    return { isLive: true, text: `Version ${target} is live.` };
  }
  const { latest } = await client.versions();
  const logGroup = latest?.LoggingConfig?.LogGroup ?? `/aws/lambda/${client.fn.functionName}`;
  const why = ended.alarms.length > 0 ? `${alarmsFire(ended.alarms)}.` : `CodeDeploy says: ${ended.reason}`;
  const text = `Version ${target} was rolled back, and version ${ended.live} is live. ${why} Read the log: aws logs tail ${logGroup} --since 30m`;
  return { isLive: false, text };
}

/** A version that was deleted, and code that was changed outside of Terraform, would otherwise seem to be live. */
function refuseUnpublished(functionName: string, { published, latest }: Versions): void {
  const newest = published.at(-1);
  if (!latest || OF_VERSION.every((name) => isDeepStrictEqual(newest?.[name], latest[name]))) return;
  throw new UserError(
    `${functionName}: no published version has its newest code and configuration: the version was deleted, or the function was changed by hand. Publish it with aws lambda publish-version --function-name ${functionName}, and release it with npm run release.`,
  );
}

function alarmsFire(names: readonly string[]): string {
  return names.length === 1 ? `The alarm ${names[0]} fires` : `The alarms ${names.join(", ")} fire`;
}
