import type { LiveFunction } from "../../../function/live-function";
import { AlarmStates } from "../../../monitoring/alarm-states";
import { FunctionVersions } from "../../../system/functions/function-versions";
import { chooseVersion } from "../../../system/functions/qualified-function";
import type { AlarmSummary } from "../../../system/running-system";

test("an alias chooses its versions by their weights", () => {
  const alias = { name: "live", version: "1", weights: { "2": 0.1, "3": 0.2 } };
  expect([0, 0.09, 0.11, 0.29, 0.31, 0.99].map((random) => chooseVersion(alias, random))).toEqual([
    "2",
    "2",
    "3",
    "3",
    "1",
    "1",
  ]);
});

test("a version with other code opens once, and ends after its events as soon as no alias names it", async () => {
  const log: string[] = [];
  const live = (name: string) =>
    ({
      name,
      runs: ({ CodeSha256 = "" }) => CodeSha256 === "2",
      end: async () => void log.push(`end ${name}`),
    }) as unknown as LiveFunction;
  const versions = new FunctionVersions({
    latest: live("latest"),
    read: async (CodeSha256) => ({ CodeSha256 }),
    open: async (version) => {
      log.push(`open ${version}`);
      return live(version);
    },
  });
  versions.keep(["1", "2"]);
  const nameOf = async (each: LiveFunction) => (each as unknown as { name: string }).name;
  expect(await versions.run("2", nameOf)).toBe("latest");
  expect(versions.running).toEqual([]);
  expect([await versions.run("1", nameOf), await versions.run("1", nameOf)]).toEqual(["1", "1"]);
  expect(versions.running).toMatchObject([{ name: "1" }]);
  let finish = () => {};
  const under = versions.run(
    "1",
    () =>
      new Promise<void>((done) => {
        finish = done;
      }),
  );
  await new Promise(setImmediate);
  versions.keep(["2"]);
  await new Promise(setImmediate);
  expect(log).toEqual(["open 1"]);
  finish();
  await under;
  await versions.end();
  expect(log).toEqual(["open 1", "end 1"]);
  expect(versions.running).toEqual([]);
});

test("the emulator learns when an alarm begins and ends to fire, once each", async () => {
  const sent: unknown[] = [];
  let state: AlarmSummary["state"] = "OK";
  const states = new AlarmStates(
    { send: async ({ input }: { input: { StateValue: string } }) => void sent.push(input.StateValue) } as never,
    () => [{ name: "errors", state } as AlarmSummary],
  );
  states.update([{ AlarmName: "errors", StateValue: "INSUFFICIENT_DATA" }]);
  states.stop();
  for (const next of ["OK", "ALARM", "ALARM", "OK", "not counted here"] as const) {
    state = next;
    await states.tell();
  }
  expect(sent).toEqual(["ALARM", "OK"]);
});
