import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { run } from "@local/command-line/process/child-process";

/** Test files that run in the environment, by name. */
const SOURCES = {
  "before-all": `
    test("before", () => {});
    describe("block", () => {
      beforeAll(() => { throw new Error("the cause"); });
      test.skip("left out", () => {});
      test("one", () => {});
      describe("inner", () => test("two", () => {}));
    });
    test("after", () => {});`,
  elsewhere: `
    beforeAll(() => { throw Object.assign(new Error("the cause"), { name: "ToldElsewhere" }); });
    test("one", () => {});`,
  independent: `
    test("one", () => {});
    test("two", () => { throw new Error("the cause"); });
    test("three", () => {});`,
  sequential: `/** @sequential */
    test("one", () => {});
    test("two", () => { throw new Error("the cause"); });
    test("three", () => {});`,
  children: `
    let ended = 0;
    globalThis.endChildren = async () => { ended += 1; };
    test("fails", () => { throw new Error("the cause"); });
    test("test", () => expect(ended).toBe(1));
    describe("block", () => {
      beforeAll(() => { throw new Error("the cause"); });
      test("one", () => {});
    });
    // The hook, and the test that tells of it.
    test("hook", () => expect(ended).toBe(3));`,
};

interface Results {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly {
      readonly title: string;
      readonly status: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

/** How each of a file's tests ended, and the file itself, and how many tests tell of a failure; by the file's name. */
let outcomes: Record<string, Record<string, string | number>>;

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), "environment-"));
  const config = join(folder, "jest.config.json");
  writeFileSync(config, JSON.stringify({ testEnvironment: resolve("__tests__/jest/environment.js") }));
  for (const [name, source] of Object.entries(SOURCES)) writeFileSync(join(folder, `${name}.test.js`), source);
  const jest = ["node_modules/jest/bin/jest.js", "--rootDir", folder, "--config", config, "--json", "--runInBand"];
  const { stdout } = await run(process.execPath, jest);
  const { testResults }: Results = JSON.parse(stdout);
  outcomes = Object.fromEntries(
    testResults.map(({ name, status, assertionResults }) => {
      const told = assertionResults.filter(({ failureMessages }) => failureMessages.length > 0).length;
      const tests = assertionResults.map((each) => [each.title, each.status]);
      return [basename(name, ".test.js"), { file: status, told, ...Object.fromEntries(tests) }];
    }),
  );
  rmSync(folder, { recursive: true });
});

test("what a beforeAll fails with is told by one test of its block, and the others are skipped", () => {
  expect(outcomes["before-all"]).toEqual({
    file: "failed",
    told: 1,
    before: "passed",
    "left out": "pending",
    one: "failed",
    two: "pending",
    after: "passed",
  });
});

test("a failure that another suite tells has the block skipped", () => {
  expect(outcomes.elsewhere).toEqual({ file: "skipped", told: 0, one: "pending" });
});

test("after a failed test, the rest of a file is skipped only if that is sequential", () => {
  expect(outcomes.independent).toMatchObject({ file: "failed", one: "passed", two: "failed", three: "passed" });
  expect(outcomes.sequential).toEqual({ file: "failed", told: 1, one: "passed", two: "failed", three: "pending" });
});

test("what a failed test or hook has started is ended before the next test", () => {
  expect(outcomes.children).toMatchObject({ test: "passed", hook: "passed" });
});
