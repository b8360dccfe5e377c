import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { run } from "@local/command-line/process/child-process";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "environment-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

interface TestResult {
  readonly title: string;
  readonly status: string;
  readonly failureMessages: readonly string[];
}

/** Runs a test file in the environment; returns how each of its tests ended, and how many tell of a failure. */
async function outcomes(source: string): Promise<Record<string, string | number>> {
  const config = join(folder, "jest.config.json");
  writeFileSync(config, JSON.stringify({ testEnvironment: resolve("__tests__/environment.js") }));
  writeFileSync(join(folder, "the.test.js"), source);
  const jest = ["node_modules/jest/bin/jest.js", "--rootDir", folder, "--config", config, "--json"];
  const { exitCode, stdout } = await run(process.execPath, jest);
  const results: TestResult[] = JSON.parse(stdout).testResults[0].assertionResults;
  const told = results.filter(({ failureMessages }) => failureMessages.length > 0).length;
  return { exitCode, told, ...Object.fromEntries(results.map(({ title, status }) => [title, status])) };
}

test("what a beforeAll fails with is told by one test of its block, and the others are skipped", async () => {
  const source = `
    test("before", () => {});
    describe("block", () => {
      beforeAll(() => { throw new Error("the cause"); });
      test.skip("left out", () => {});
      test("one", () => {});
      describe("inner", () => test("two", () => {}));
    });
    test("after", () => {});`;
  expect(await outcomes(source)).toEqual({
    exitCode: 1,
    told: 1,
    before: "passed",
    "left out": "pending",
    one: "failed",
    two: "pending",
    after: "passed",
  });
});

test("a failure that another suite tells has the block skipped", async () => {
  const source = `
    beforeAll(() => { throw Object.assign(new Error("the cause"), { name: "ToldElsewhere" }); });
    test("one", () => {});`;
  expect(await outcomes(source)).toEqual({ exitCode: 0, told: 0, one: "pending" });
});

test("after a failed test, the rest of a file is skipped only if that is sequential", async () => {
  const source = `
    test("one", () => {});
    test("two", () => { throw new Error("the cause"); });
    test("three", () => {});`;
  expect(await outcomes(source)).toMatchObject({ exitCode: 1, one: "passed", two: "failed", three: "passed" });
  expect(await outcomes(`/** @sequential */${source}`)).toEqual({
    exitCode: 1,
    told: 1,
    one: "passed",
    two: "failed",
    three: "pending",
  });
});

test("what a failed test or hook has started is ended before the next test", async () => {
  const source = `
    let ended = 0;
    globalThis.endChildren = async () => { ended += 1; };
    test("fails", () => { throw new Error("the cause"); });
    test("test", () => expect(ended).toBe(1));
    describe("block", () => {
      beforeAll(() => { throw new Error("the cause"); });
      test("one", () => {});
    });
    // The hook, and the test that tells of it.
    test("hook", () => expect(ended).toBe(3));`;
  expect(await outcomes(source)).toMatchObject({ test: "passed", hook: "passed" });
});
