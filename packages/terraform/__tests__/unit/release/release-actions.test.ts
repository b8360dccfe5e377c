import { followRelease } from "../../../release/follow-release";
import { describeRelease, rollBack } from "../../../release/release-actions";
import { afterRollback, between, client, fake, fire, following, printed, release } from "./released";

test("after a first deploy, and without a change of the code, the version is live and nothing is started", async () => {
  expect(await release()).toEqual({ isLive: true, text: "Version 1 is live." });
  expect(fake.deployments).toEqual([]);
});

test("a new version gets a share of the invocations first, and then all", async () => {
  fake.publish();
  expect(await release()).toEqual({ isLive: true, text: "Version 2 is live." });
  expect(fake.live).toBe("2");
  expect(printed).toEqual([
    "  version 2 gets 10 %, version 1 gets 90 %",
    "version 2 gets 10 %, version 1 gets 90 %, 0 of 2 alarms fire, takes 5 min",
    "  version 2 gets all invocations",
    "version 2 gets all invocations, 0 of 2 alarms fire, takes 5 min",
  ]);
});

test.each([
  [{ timeBasedLinear: { linearPercentage: 10, linearInterval: 1 } }, ", takes 9 min"],
  [{ timeBasedLinear: { linearPercentage: 40, linearInterval: 5 } }, ", takes 10 min"],
  [{ type: "AllAtOnce" }, ""],
])("the note says how long %j takes", async (routing, time) => {
  fake.routing = routing;
  fake.publish();
  expect(await release()).toEqual({ isLive: true, text: "Version 2 is live." });
  expect(printed).toContain(`version 2 gets 10 %, version 1 gets 90 %, 0 of 2 alarms fire${time}`);
});

test("an alarm rolls the release back; the outcome names it, and the command that shows the log", async () => {
  fake.alarms.api = "OK";
  fake.publish();
  between(() => fire("api-5xx"));
  const { isLive, text } = await release();
  expect(isLive).toBe(false);
  expect(text).toBe(
    "Version 2 was rolled back, and version 1 is live. The alarm api-5xx fires. Read the log: aws logs tail /aws/lambda/orders --since 30m --filter-pattern '?ERROR ?timed ?timeout'",
  );
  expect([fake.live, fake.shifted]).toEqual(["1", {}]);
  expect(printed).toContain("  The alarm api-5xx fires.");
});

test("the outcome names all alarms of CodeDeploy's message, and none that fired after it", async () => {
  fake.alarms.third = "OK";
  fake.publish();
  between(() => {
    for (const name of ["api-5xx", "third"]) fire(name);
    fake.before = (name) => {
      if (name === "DescribeAlarms") fire("orders-live-failures");
    };
  });
  expect((await release()).text).toContain("version 1 is live. The alarms api-5xx, third fire. Read");
});

test("a version that was rolled back is released again only on request", async () => {
  await afterRollback();
  expect(await release()).toEqual({ isLive: false, text: expect.stringContaining("Version 1 is live. Version 2 was") });
  expect(fake.live).toBe("1");
  expect(await release({ again: true })).toEqual({ isLive: true, text: "Version 2 is live." });
});

test("the next version after a rollback is released", async () => {
  await afterRollback();
  fake.publish();
  expect(await release()).toEqual({ isLive: true, text: "Version 3 is live." });
});

test("a release in progress is followed, and then the newest version is released", async () => {
  fake.publish();
  fake.add("1", "2");
  fake.publish();
  expect(await release()).toEqual({ isLive: true, text: "Version 3 is live." });
  expect(fake.deployments.map(({ from, to, status }) => [from, to, status])).toEqual([
    ["1", "2", "Succeeded"],
    ["2", "3", "Succeeded"],
  ]);
});

test("a release in progress of the newest version is only followed", async () => {
  fake.publish();
  fake.add("1", "2");
  expect(await release()).toEqual({ isLive: true, text: "Version 2 is live." });
  expect(fake.deployments).toHaveLength(1);
});

test("a deleted version is not taken for a live one", async () => {
  fake.publish();
  fake.versions.pop();
  const refusal = "orders: no published version has its newest code and configuration: the version was deleted, or";
  await expect(release()).rejects.toThrow(refusal);
  // The code of the live version, with another configuration.
  fake.latestCode = "code 1";
  fake.timeout = 20;
  await expect(release()).rejects.toThrow(refusal);
  fake.timeout = 10;
  expect(await release()).toMatchObject({ isLive: true });
  expect(fake.deployments).toEqual([]);
});

test("nothing is released while an alarm fires, except on request", async () => {
  fake.publish();
  fire("orders-live-failures");
  const { isLive, text } = await release();
  expect(isLive).toBe(false);
  expect(text).toBe(
    "Version 1 stays live, and version 2 was not released: The alarm orders-live-failures fires, and would roll it back at once. If version 1 is the cause: npm run release -- rollback. If version 2 is the cure: npm run release -- --ignore-alarms. Otherwise wait until no alarm fires, some minutes after the last error, and run npm run release.",
  );
  expect(fake.deployments).toEqual([]);
  expect(await release({ ignoresAlarms: true })).toEqual({
    isLive: true,
    text: "Version 2 is live. The alarm orders-live-failures fires. If version 2 is the cause: npm run release -- rollback.",
  });
});

test("after a release, an alarm is not named while its state is that of the version before", async () => {
  fake.publish();
  fire("api-5xx");
  fake.stale.add("api-5xx");
  expect(await release({ ignoresAlarms: true })).toEqual({ isLive: true, text: "Version 2 is live." });
});

test("a release at once moves all invocations in one step", async () => {
  fake.publish();
  expect(await release({ atOnce: true })).toEqual({ isLive: true, text: "Version 2 is live." });
  expect(fake.deployments).toMatchObject([{ from: "1", to: "2", config: "CodeDeployDefault.LambdaAllAtOnce" }]);
  expect(printed.join()).not.toContain("version 2 gets 10 %");
});

test("a release keeps the last ten versions, and those that an alias names", async () => {
  for (let version = 2; version <= 13; version++) fake.publish();
  fake.live = "12";
  await release();
  expect(fake.versions.map(({ Version }) => Number(Version))).toEqual([2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
});

test("a release keeps the version that it came from, however old it is, so that a rollback finds it", async () => {
  for (let version = 2; version <= 15; version++) fake.publish();
  fake.live = "3";
  await release();
  expect(fake.versions.map(({ Version }) => Number(Version))).toEqual([2, 3, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
  expect(await rollBack(client, following())).toEqual({ isLive: true, text: "Version 3 is live." });
});

test("a release keeps the versions of another deployment", async () => {
  for (let version = 2; version <= 15; version++) fake.publish();
  fake.live = "14";
  fake.add("14", "4");
  Object.assign(fake.deployments[0] as object, { looks: 1 });
  jest.spyOn(client, "running").mockResolvedValueOnce(undefined);
  await release();
  expect(fake.versions.map(({ Version }) => Number(Version))).toEqual([2, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
});

test("a release that is rolled back deletes no version", async () => {
  for (let version = 2; version <= 13; version++) fake.publish();
  fake.live = "12";
  between(() => fire("api-5xx"));
  await release();
  expect(fake.versions).toHaveLength(13);
});

test("a release that CodeDeploy leaves half-way, without a rollback, is taken back", async () => {
  fake.publish();
  between(() => fake.fail("d-1", "Something broke"));
  const text = expect.stringContaining("Version 2 was rolled back, and version 1 is live. CodeDeploy says: Something");
  expect(await release()).toEqual({ isLive: false, text });
  expect([fake.live, fake.shifted]).toEqual(["1", {}]);
  expect(printed).toContain("  CodeDeploy has begun no rollback. All invocations move back to version 1.");
});

test("a rollback that CodeDeploy has begun and leaves half-way does not lead to the version that it takes back", async () => {
  fake.publish();
  Object.assign(fake, { live: "2", shifted: { "1": 0.5 } });
  fake.add("2", "1");
  Object.assign(fake.deployments[0] as object, { creator: "codeDeployRollback" });
  between(() => fake.fail("d-1", "Something broke"));
  await expect(followRelease(client, "d-1", following())).rejects.toThrow("ended (Failed: Something broke), but");
  expect(fake.requests).not.toContain("UpdateAlias");
});

test("a rollback that fails leaves the release half-way, which is an error with the way back", async () => {
  fake.publish();
  between(() => {
    fake.fail("d-1", "Something broke");
    Object.assign(fake.deployments[0] as object, { rollbackDeploymentId: fake.add("2", "1") });
    fake.fail("d-2", "Something broke, too");
    between(() => {});
  });
  await expect(release()).rejects.toThrow(
    "orders: the release d-1 ended (Failed: Something broke), but version 2 gets 10 %, version 1 gets 90 %; go back with npm run release -- rollback.",
  );
});

test("a version with another role than the live one is released only at once", async () => {
  fake.role = "another-role";
  fake.publish();
  const text = expect.stringContaining("Version 1 stays live, and version 2 was not released: its role is another one");
  expect(await release()).toEqual({ isLive: false, text });
  expect(fake.deployments).toEqual([]);
  expect(await release({ atOnce: true })).toEqual({ isLive: true, text: "Version 2 is live." });
  fake.publish();
  expect(await release()).toEqual({ isLive: true, text: "Version 3 is live." });
});

test("a release that fails before it starts is CodeDeploy's error, and the version is released again", async () => {
  fake.publish();
  fake.failsToStart = "The role is missing";
  const text = expect.stringContaining("CodeDeploy says: The role is missing");
  expect(await release()).toEqual({ isLive: false, text });
  fake.failsToStart = "";
  expect(await release()).toEqual({ isLive: true, text: "Version 2 is live." });
});

test("a look that fails is repeated; after several, an error says how to go on", async () => {
  fake.publish();
  let failures = 4;
  fake.before = (name) => {
    if (name === "GetDeployment" && failures-- > 0) throw new Error("socket hang up");
  };
  expect(await release()).toEqual({ isLive: true, text: "Version 2 is live." });
  fake.publish();
  failures = 5;
  await expect(release()).rejects.toThrow("socket hang up");
  expect(printed.at(-1)).toMatch(/^ {2}CodeDeploy goes on with the release. Follow it with npm run release;/);
});

test("each look asks for the states of the alarms, and only the first one for their names", async () => {
  fake.publish();
  await followRelease(client, fake.add("1", "2"), following());
  const count = (name: string) => fake.requests.filter((each) => each === name).length;
  expect([count("DescribeAlarms"), count("GetDeploymentGroup")]).toEqual([2, 1]);
});

test("the time that a release takes is only a note: it may not be readable", async () => {
  fake.publish();
  fake.before = (name) => {
    if (name === "GetDeploymentConfig") throw Object.assign(new Error("denied"), { name: "AccessDeniedException" });
  };
  expect(await release()).toEqual({ isLive: true, text: "Version 2 is live." });
});

test("a version is live, although AWS does not delete an old one", async () => {
  for (let version = 2; version <= 13; version++) fake.publish();
  fake.live = "12";
  fake.before = (name) => {
    if (name === "DeleteFunction") throw new Error("is in use");
  };
  expect(await release()).toEqual({ isLive: true, text: "Version 13 is live." });
  expect(printed.at(-1)).toBe("  Warning: AWS did not delete old versions: is in use");
});

test("an alarm that fired before it was changed to watch the new version does not hold the release up", async () => {
  fake.publish();
  fire("orders-live-failures");
  fake.stale.add("orders-live-failures");
  between(() => {
    fake.alarms["orders-live-failures"] = "OK";
  });
  expect(await release()).toEqual({ isLive: true, text: "Version 2 is live." });
});

test("a function without its alias is not deployed yet", async () => {
  fake.before = (name) => {
    if (name === "GetAlias") throw Object.assign(new Error(), { name: "ResourceNotFoundException" });
  };
  await expect(release()).rejects.toThrow("orders has no alias live yet; deploy with npm run plan and npm run apply.");
});

test("the status has the traffic, the release in progress and the alarms, and the state of the newest version", async () => {
  expect(await describeRelease(client)).toEqual({
    state: "live",
    text: "version 1 gets all invocations; no release is in progress; no alarm fires",
  });
  fake.publish();
  expect(await describeRelease(client)).toEqual({
    state: "due",
    text: "version 1 gets all invocations; no release is in progress; version 2 is not live; no alarm fires",
  });
  fake.add("1", "2");
  fire("api-5xx");
  expect(await describeRelease(client)).toEqual({
    state: "due",
    text: "version 1 gets all invocations; the release d-1 is in progress; the alarm api-5xx fires",
  });
});

test("the status of a version that was rolled back says so", async () => {
  await afterRollback();
  expect(await describeRelease(client)).toMatchObject({
    state: "taken back",
    text: expect.stringContaining("version 2 is not live; it was released and taken back"),
  });
});
