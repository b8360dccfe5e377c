/** @sequential After a failed test, the emulator has ended. */
import { setTimeout } from "node:timers/promises";
import { PutMetricAlarmCommand, SetAlarmStateCommand } from "@aws-sdk/client-cloudwatch";
import { CreateAliasCommand, DeleteFunctionCommand } from "@aws-sdk/client-lambda";
import {
  describeRelease,
  type Outcome,
  type ReleaseProps,
  releaseNewest,
  rollBack,
  stopRelease,
} from "@local/terraform/release/release-actions";
import { ReleaseClient } from "@local/terraform/release/release-client";
import { runReleases } from "@local/terraform/release/run-releases";
import { describeWithPython } from "../../echo-api";
import { createFunction, publishVersion, useEmulator } from "../own-emulator";
import { linear, makeDeploymentGroup } from "./deployment-group";

const ALARM = "live-errors";

// Read by the emulator at its start.
process.env.EMULATOR_MINUTE_SECONDS = "0.5";

describeWithPython("a release, as npm run apply and npm run release do it", () => {
  const own = useEmulator();
  let number = 0;
  let name: string;
  let client: ReleaseClient;
  let printed: string[];
  /** The changes between two looks at a release. */
  let meanwhile: () => Promise<unknown>;

  const following = (progress?: ReleaseProps["progress"]) => ({
    progress: progress ?? {
      setNote: (note: string) => void printed.push(note),
      print: (line: string) => void printed.push(line),
    },
    wait: async () => {
      await meanwhile();
      await setTimeout(50);
    },
  });
  const release = (props: Partial<ReleaseProps> = {}): Promise<Outcome> =>
    releaseNewest(client, { ...following(), again: false, ignoresAlarms: false, ...props });
  const alarm = (StateValue: "ALARM" | "OK") =>
    own().aws.cloudwatch.send(new SetAlarmStateCommand({ AlarmName: ALARM, StateValue, StateReason: "test" }));
  const live = (version: string) => ({ isLive: true, text: `Version ${version} is live.` });
  const versions = async () => (await client.versions()).published.map(({ Version }) => Number(Version));

  beforeAll(async () => {
    const rule = { ComparisonOperator: "GreaterThanThreshold", EvaluationPeriods: 1, Threshold: 0 } as const;
    const metric = { MetricName: "Errors", Namespace: "AWS/Lambda", Period: 60, Statistic: "Sum" } as const;
    await own().aws.cloudwatch.send(new PutMetricAlarmCommand({ AlarmName: ALARM, ...rule, ...metric }));
  });
  afterAll(() => {
    delete process.env.EMULATOR_MINUTE_SECONDS;
  });
  beforeEach(async () => {
    number += 1;
    name = `orders-${number}`;
    const { aws, emulator } = own();
    await createFunction(own(), name, { Publish: true });
    await aws.lambda.send(new CreateAliasCommand({ FunctionName: name, Name: "live", FunctionVersion: "1" }));
    await makeDeploymentGroup(emulator, { functionName: name, routing: linear(40, 1), alarms: [ALARM] });
    client = new ReleaseClient(aws, { functionName: name, alias: "live" });
    printed = [];
    meanwhile = async () => {};
    await alarm("OK");
  });

  test("starts none after a first deploy; then shifts linearly, and starts none without a change", async () => {
    expect(await release()).toEqual(live("1"));
    expect(printed).toEqual([]);
    await publishVersion(own(), name);
    expect((await describeRelease(client)).text).toContain("version 2 is not live");
    expect(await release()).toEqual(live("2"));
    const shown = printed.filter((line) => line.startsWith("  "));
    expect(shown.filter((line) => !line.includes("version 1 gets all"))).toEqual([
      "  version 2 gets 40 %, version 1 gets 60 %",
      "  version 2 gets 80 %, version 1 gets 20 %",
      "  version 2 gets all invocations",
    ]);
    expect(printed).toContain("version 2 gets 80 %, version 1 gets 20 %, 0 of 1 alarms fire, takes 2 min");
    printed = [];
    expect(await release()).toEqual(live("2"));
    expect(printed).toEqual([]);
    const late = /^No release is in progress\. Version 2 is live since .*Z, when its release ended; /;
    expect(await stopRelease(client, following())).toEqual({ isLive: false, text: expect.stringMatching(late) });
    expect((await describeRelease(client)).text).toBe(
      "version 2 gets all invocations; no release is in progress; no alarm fires",
    );
  });

  test("exits with 4 after an alarm, with 0 on request again, and goes back at once while the alarm fires", async () => {
    const lines: string[] = [];
    const spy = jest.spyOn(console, "error").mockImplementation((line) => void lines.push(line));
    const run = (props: Partial<ReleaseProps>) =>
      runReleases(own().aws, [client.fn], (each, progress) =>
        releaseNewest(each, { ...following(progress), again: false, ignoresAlarms: false, ...props }),
      );
    await publishVersion(own(), name);
    meanwhile = () => alarm("ALARM");
    expect(await run({})).toBe(4);
    expect(lines.at(-1)).toContain(
      `Version 2 was rolled back, and version 1 is live. The alarm ${ALARM} fires. Read the log: aws logs tail`,
    );
    meanwhile = async () => {};
    expect([await run({}), lines.at(-1)]).toEqual([
      4,
      expect.stringContaining("Version 2 was released and taken back"),
    ]);
    expect([await run({ again: true }), lines.at(-1)]).toEqual([4, expect.stringContaining("was not released")]);
    expect(await client.traffic()).toEqual({ version: "1" });
    expect(await run({ again: true, ignoresAlarms: true })).toBe(0);
    expect(await client.traffic()).toEqual({ version: "2" });
    spy.mockRestore();
    expect(await rollBack(client, following())).toEqual(live("1"));
    expect(await release()).toMatchObject({ isLive: false });
  });

  test("follows a release in progress, and then releases its own version; a stop takes it back", async () => {
    await publishVersion(own(), name);
    await client.start({ from: "1", to: "2" });
    await publishVersion(own(), name);
    expect(await release()).toEqual(live("3"));
    expect(printed).toContain("  A release is in progress.");
    await publishVersion(own(), name);
    await client.start({ from: "3", to: "4" });
    while (!(await client.traffic()).shifted) await setTimeout(20);
    expect(await stopRelease(client, following())).toEqual({
      isLive: true,
      text: "The release is stopped. Version 3 is live.",
    });
    await expect(rollBack(client, following(), "9")).rejects.toThrow(
      /: 4 \(\S+, taken back\), 2 \(\S+Z\), 1 \(\S+Z\)\.$/,
    );
  });

  test("refuses a function whose newest version was deleted", async () => {
    const Qualifier = await publishVersion(own(), name, { Timeout: 9 });
    await own().aws.lambda.send(new DeleteFunctionCommand({ FunctionName: name, Qualifier }));
    await expect(release()).rejects.toThrow(`${name}: no published version has its newest code and configuration`);
    expect(await publishVersion(own(), name)).toBe("3");
    expect(await release()).toEqual(live("3"));
  });

  test("keeps the last ten versions, and that from which the release came", async () => {
    for (let version = 2; version <= 13; version += 1) await publishVersion(own(), name);
    expect(await release()).toEqual(live("13"));
    expect(await versions()).toEqual([1, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
    expect(await rollBack(client, following())).toEqual(live("1"));
  });
});
