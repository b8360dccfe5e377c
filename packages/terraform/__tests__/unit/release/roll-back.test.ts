import { describeRelease, rollBack, stopRelease } from "../../../release/release-actions";
import { afterRollback, client, fake, fire, following, halfWay, release, underWay } from "./released";

test("stop ends the release, and the traffic goes back", async () => {
  await underWay();
  expect(await stopRelease(client, following())).toEqual({
    isLive: true,
    text: "The release is stopped. Version 1 is live.",
  });
  expect([fake.live, fake.shifted]).toEqual(["1", {}]);
  expect(await stopRelease(client, following())).toEqual({
    isLive: true,
    text: "No release is in progress. Version 1 is live.",
  });
});

/** Lets the release end before StopDeployment, which AWS then refuses. */
function endBeforeStop(): void {
  fake.before = (name) => {
    if (name === "StopDeployment") void client.deployment("d-1");
  };
}

test("stop says that the release ended first", async () => {
  await underWay();
  endBeforeStop();
  expect(await stopRelease(client, following())).toEqual({
    isLive: false,
    text: "The release could not be stopped before its end. Version 2 is live; go back with npm run release -- rollback.",
  });
  expect(fake.live).toBe("2");
});

test("stop after the end of a release is too late, and names the way back; an earlier release is not meant", async () => {
  fake.publish();
  await release();
  const live = "No release is in progress. Version 2 is live";
  const { isLive, text } = await stopRelease(client, following());
  expect([isLive, text.replace(/\d{4}-\S+Z/, "TIME")]).toEqual([
    false,
    `${live} since TIME, when its release ended; go back with npm run release -- rollback.`,
  ]);
  Object.assign(fake.deployments[0] as object, { completeTime: new Date(Date.now() - 31 * 60_000) });
  expect(await stopRelease(client, following())).toEqual({ isLive: true, text: `${live}.` });
});

test("stop after a rollback is not too late", async () => {
  fake.publish();
  await release();
  await rollBack(client, following());
  expect(await stopRelease(client, following())).toMatchObject({ isLive: true });
});

test("rollback goes back, also if the release ends before it can be stopped", async () => {
  await underWay();
  endBeforeStop();
  expect(await rollBack(client, following())).toEqual({ isLive: true, text: "Version 1 is live." });
  expect([fake.live, fake.shifted]).toEqual(["1", {}]);
});

test.each([
  [
    "stop",
    () => stopRelease(client, following()),
    { isLive: true, text: expect.stringContaining("already. Version 1") },
  ],
  [
    "rollback",
    () => rollBack(client, following()),
    { isLive: true, text: expect.stringContaining("Version 1 is live") },
  ],
  // Even npm run release does not bring the bad version back at once.
  [
    "release",
    () => release({ again: true }),
    { isLive: false, text: expect.stringContaining("Version 2 was released") },
  ],
])("%s lets CodeDeploy's own rollback end", async (_name, act, outcome) => {
  await underWay();
  fire("api-5xx");
  await client.deployment("d-1");
  fake.alarms["api-5xx"] = "OK";
  expect(await client.running()).toEqual({ id: "d-2", isRollback: true });
  expect(await act()).toEqual(outcome);
  expect(fake.requests).not.toContain("StopDeployment");
  expect([fake.live, fake.shifted, fake.deployments.length]).toEqual(["1", {}, 2]);
});

test("rollback goes back to the version before, at once and while an alarm fires, past one that was rolled back", async () => {
  await afterRollback();
  fake.publish();
  await release();
  fire("api-5xx");
  expect(await rollBack(client, following())).toEqual({ isLive: true, text: "Version 1 is live." });
  expect(fake.deployments.at(-1)).toMatchObject({ from: "3", to: "1", config: "CodeDeployDefault.LambdaAllAtOnce" });
});

test("an apply after a rollback by hand leaves the version where it is", async () => {
  fake.publish();
  await release();
  await rollBack(client, following());
  expect(await release()).toEqual({ isLive: false, text: expect.stringContaining("Version 2 was released and taken") });
  expect(fake.live).toBe("1");
});

test("rollback takes a version, and refuses one that does not exist", async () => {
  fake.publish();
  fake.publish();
  for (const version of fake.versions) version.LastModified = `2026-01-0${version.Version}T06:00:00.000+0000`;
  fake.live = "3";
  expect(await rollBack(client, following(), "2")).toEqual({ isLive: true, text: "Version 2 is live." });
  await expect(rollBack(client, following(), "9")).rejects.toThrow(
    "orders: version 9 does not exist; name one with --version: 3 (2026-01-03T06:00:00Z, taken back), 1 (2026-01-01T06:00:00Z).",
  );
});

test("the offered versions say which ones were taken back, by an alarm or by hand", async () => {
  await afterRollback();
  for (const _version of ["3", "4", "5"]) {
    fake.publish();
    await release();
  }
  await rollBack(client, following());
  const offered = async () => {
    const error = await rollBack(client, following(), "9").catch(({ message }) => message);
    return error.replaceAll(/\d{4}-[\w:-]+Z/g, "TIME");
  };
  const others = "3 (TIME), 2 (TIME, taken back), 1 (TIME).";
  const refusal = "orders: version 9 does not exist; name one with --version:";
  expect(await offered()).toBe(`${refusal} 5 (TIME, taken back), ${others}`);
  await release({ again: true });
  fake.publish();
  await release();
  expect(await offered()).toBe(`${refusal} 5 (TIME), 4 (TIME), ${others}`);
});

test("an apply leaves a rollback from a version that became live without a release", async () => {
  fake.publish();
  fake.live = "2";
  await rollBack(client, following(), "1");
  expect(await release()).toEqual({ isLive: false, text: expect.stringContaining("Version 2 was released and taken") });
});

test("rollback to a deleted version does not name the live one", async () => {
  fake.publish();
  await release();
  fake.versions.shift();
  await expect(rollBack(client, following())).rejects.toThrow(
    "orders: version 1 does not exist; there is no other version.",
  );
  expect(fake.live).toBe("2");
});

test("rollback of a first version says that there is none before", async () => {
  await expect(rollBack(client, following())).rejects.toThrow(
    "orders: no release came to version 1, so there is no version to go back to; there is no other version.",
  );
});

test("with two versions in the alias, none is live, no release is started, and rollback is the way back", async () => {
  await halfWay();
  const traffic = "version 2 gets 10 %, version 1 gets 90 %";
  const text = `No release is in progress, but ${traffic}; go back with npm run release -- rollback.`;
  expect(await release({ again: true })).toEqual({ isLive: false, text });
  expect(await stopRelease(client, following())).toEqual({ isLive: false, text });
  expect((await describeRelease(client)).text).toContain(
    `${traffic}; no release is in progress; version 2 is not live`,
  );
  expect(await rollBack(client, following())).toEqual({ isLive: true, text: "Version 1 is live." });
  expect([fake.live, fake.shifted, fake.deployments.length]).toEqual(["1", {}, 1]);
  expect(await release({ again: true })).toEqual({ isLive: true, text: "Version 2 is live." });
});

test("the newest version is not live while another one has a share", async () => {
  fake.publish();
  Object.assign(fake, { live: "2", shifted: { 1: 0.5 } });
  expect(await describeRelease(client)).toMatchObject({
    state: "due",
    text: expect.stringContaining(
      "version 1 gets 50 %, version 2 gets 50 %; no release is in progress; version 2 is not live",
    ),
  });
});

test.each(["1", "2"])("with two versions in the alias, rollback takes the version %s", async (version) => {
  await halfWay();
  await rollBack(client, following(), version);
  expect([fake.live, fake.shifted]).toEqual([version, {}]);
});

test("rollback goes on if the release that it stops ends half-way", async () => {
  await underWay();
  fake.before = (name) => {
    if (name === "StopDeployment") Object.assign(fake.deployments[0] as object, { status: "Failed" });
  };
  expect(await rollBack(client, following())).toEqual({ isLive: true, text: "Version 1 is live." });
  expect([fake.live, fake.shifted]).toEqual(["1", {}]);
});
