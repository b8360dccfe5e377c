import { describeRelease, releaseNewest, rollBack, stopRelease } from "../../../release/release-actions";
import { ReleaseClient } from "../../../release/release-client";
import { FakeAws } from "./fake-aws";

let fake: FakeAws;
let client: ReleaseClient;
let printed: string[];
/** The changes between two looks at a release. */
let meanwhile: () => void;

beforeEach(() => {
  fake = new FakeAws();
  fake.publish();
  client = new ReleaseClient(fake.aws, { functionName: "orders", alias: "live" });
  printed = [];
  meanwhile = () => {};
});

const following = () => ({
  progress: { setNote: (note: string) => void printed.push(note), print: (line: string) => void printed.push(line) },
  wait: async () => meanwhile(),
});
const release = (props: { again?: boolean; ignoresAlarms?: boolean; atOnce?: boolean } = {}) =>
  releaseNewest(client, { ...following(), again: false, ignoresAlarms: false, ...props });
const fire = (name: string) => {
  fake.alarms[name] = "ALARM";
};

/** A release of a second version, which an alarm rolled back. */
async function afterRollback(): Promise<void> {
  fake.publish();
  meanwhile = () => fire("api-5xx");
  await release();
  meanwhile = () => {};
  fake.alarms["api-5xx"] = "OK";
}

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
  fake.publish();
  meanwhile = () => fire("api-5xx");
  const { isLive, text } = await release();
  expect(isLive).toBe(false);
  expect(text).toBe(
    "Version 2 was rolled back, and version 1 is live. The alarm api-5xx fires. Read the log: aws logs tail /aws/lambda/orders --since 30m",
  );
  expect([fake.live, fake.shifted]).toEqual(["1", {}]);
  expect(printed).toContain("  The alarm api-5xx fires.");
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
  fire("orders-live-errors");
  const { isLive, text } = await release();
  expect(isLive).toBe(false);
  expect(text).toMatch(/^Version 1 stays live, and version 2 was not released: The alarm orders-live-errors fires, /);
  expect(fake.deployments).toEqual([]);
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

test("a release keeps the versions of another deployment, which has not begun", async () => {
  for (let version = 2; version <= 15; version++) fake.publish();
  fake.live = "14";
  fake.add("14", "4");
  jest.spyOn(client, "running").mockResolvedValueOnce(undefined);
  await release();
  expect(fake.versions.map(({ Version }) => Number(Version))).toEqual([2, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
});

test("a release that is rolled back deletes no version", async () => {
  for (let version = 2; version <= 13; version++) fake.publish();
  fake.live = "12";
  meanwhile = () => fire("api-5xx");
  await release();
  expect(fake.versions).toHaveLength(13);
});

test("stop ends the release, and the traffic goes back", async () => {
  fake.publish();
  fake.add("1", "2");
  await fake.aws.codedeploy.send({
    constructor: { name: "GetDeploymentCommand" },
    input: { deploymentId: "d-1" },
  } as never);
  expect(fake.shifted).toEqual({ 2: 0.1 });
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
  fake.live = "3";
  expect(await rollBack(client, following(), "2")).toEqual({ isLive: true, text: "Version 2 is live." });
  await expect(rollBack(client, following(), "9")).rejects.toThrow(
    "orders: version 9 does not exist; name another with --version: 1, 2, 3.",
  );
});

test("rollback to a deleted version names those that exist", async () => {
  fake.publish();
  await release();
  fake.versions.shift();
  await expect(rollBack(client, following())).rejects.toThrow(
    "orders: version 1 does not exist; name another with --version: 2.",
  );
  expect(fake.live).toBe("2");
});

test("rollback of a first version says that there is none before", async () => {
  await expect(rollBack(client, following())).rejects.toThrow(
    "orders: no release came to version 1, so there is no version to go back to; name one with --version: 1.",
  );
});

test("a release that ends half-way is an error with the way back", async () => {
  fake.publish();
  const id = fake.add("1", "2");
  fake.shifted = { 2: 0.1 };
  Object.assign(fake.deployments[0] as object, {
    status: "Failed",
    errorInformation: { code: "INTERNAL_ERROR", message: "Something broke" },
  });
  jest.spyOn(client, "running").mockResolvedValueOnce(id);
  await expect(release()).rejects.toThrow(
    "orders: the release d-1 ended (Failed: Something broke), but version 2 gets 10 %, version 1 gets 90 %; go back with npm run release -- rollback.",
  );
});

test("a function without its alias is not deployed yet", async () => {
  fake.before = (name) => {
    if (name === "GetAlias") throw Object.assign(new Error(), { name: "ResourceNotFoundException" });
  };
  await expect(release()).rejects.toThrow("orders has no alias live yet; deploy with npm run plan and npm run apply.");
});

test("the status has the traffic, the release in progress and the alarms", async () => {
  fake.publish();
  expect(await describeRelease(client)).toBe(
    "version 1 gets all invocations; no release is in progress; version 2 is not live; no alarm fires",
  );
  fake.add("1", "2");
  fire("api-5xx");
  expect(await describeRelease(client)).toBe(
    "version 1 gets all invocations; the release d-1 is in progress; the alarm api-5xx fires",
  );
});
