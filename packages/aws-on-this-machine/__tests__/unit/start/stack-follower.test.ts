import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UserError } from "@local/command-line/user-error";
import { SourceTree } from "../../../start/follow/source-tree";
import { StackFollower } from "../../../start/follow/stack-follower";
import type { StacksState } from "../../../system/running-system";

describe("a save", () => {
  let folder: string;
  let follower: StackFollower;
  let applies: (() => void)[];
  let broken: string[];
  let early: number;
  let state: StacksState | undefined;
  let begin: () => void;
  let next: () => Promise<() => void>;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "follower-"));
    mkdirSync(join(folder, "stacks"));
    save("main.ts", "1");
    applies = [];
    broken = [];
    early = 0;
    state = undefined;
    const waiting: ((end: () => void) => void)[] = [];
    next = async () => applies.shift() ?? (await new Promise((done) => waiting.push(done)));
    follower = new StackFollower({
      source: new SourceTree(folder, ["main.ts", "stacks"]),
      onState: (current) => {
        state = current;
      },
      onBroken: (message) => broken.push(message),
      onEarlySave: () => {
        early += 1;
      },
    });
    begin = () =>
      follower.begin(
        (note) =>
          new Promise<void>((done, fail) => {
            note("plans");
            const end = (error?: Error) => (error ? fail(error) : done());
            const begun = waiting.shift();
            if (begun) begun(end);
            else applies.push(end);
          }),
      );
  });
  afterEach(async () => {
    for (const end of applies) end();
    await follower.stop();
    rmSync(folder, { recursive: true });
  });

  function save(path: string, text: string): void {
    writeFileSync(join(folder, path), text);
  }

  /** As an editor does that never leaves half a file. */
  function saveByRename(path: string, text: string): void {
    save(`${path}~`, text);
    renameSync(join(folder, `${path}~`), join(folder, path));
  }

  /** Resolves when the follower has ended all that it began. */
  async function ended(): Promise<void> {
    while (state?.kind === "applying") await new Promise(setImmediate);
  }

  test.each<[string, () => void]>([
    ["of a file", () => save("main.ts", "22")],
    ["by a rename", () => saveByRename("main.ts", "22")],
    ["of a new file", () => save("stacks/other.ts", "1")],
    [
      "in a new folder",
      () => {
        mkdirSync(join(folder, "stacks", "parts"));
        save("stacks/parts/other.ts", "1");
      },
    ],
    ["by a deletion", () => rmSync(join(folder, "main.ts"))],
  ])("%s is applied, once the first apply has ended", async (_how, act) => {
    act();
    await new Promise(setImmediate);
    expect(state).toBeUndefined();
    begin();
    const end = await next();
    expect(state).toEqual({ kind: "applying", message: "plans" });
    end();
    await ended();
    expect(state).toBeUndefined();
    expect(applies).toEqual([]);
  });

  test("before the first apply has ended is noticed at once, and only then", async () => {
    save("main.ts", "22");
    while (early === 0) await new Promise(setImmediate);
    begin();
    (await next())();
    await ended();
    save("main.ts", "333");
    (await next())();
    await ended();
    expect(early).toBe(1);
  });

  test("of ten files is one apply", async () => {
    begin();
    for (let number = 0; number < 10; number += 1) saveByRename(`stacks/${number}.ts`, "1");
    (await next())();
    await ended();
    await follower.stop();
    expect(applies).toEqual([]);
  });

  test("during an apply is applied after it", async () => {
    begin();
    save("main.ts", "22");
    const end = await next();
    saveByRename("main.ts", "333");
    expect(applies).toEqual([]);
    end();
    (await next())();
    await ended();
    expect(state).toBeUndefined();
  });

  test("that breaks the stacks stays their state until one mends them", async () => {
    begin();
    save("main.ts", "22");
    const end = (await next()) as (error: Error) => void;
    end(new UserError("main.ts(1,1): error"));
    await ended();
    expect(state).toEqual({ kind: "broken", message: "main.ts(1,1): error" });
    expect(broken).toEqual(["main.ts(1,1): error"]);
    save("main.ts", "1");
    (await next())();
    await ended();
    expect(state).toBeUndefined();
  });

  test("whose error names a missing source is tried again once there is a file in it", async () => {
    begin();
    save("main.ts", "22");
    const end = (await next()) as (error: Error) => void;
    end(new UserError("mails-src: does not exist; write the function's code"));
    await ended();
    mkdirSync(join(folder, "mails-src"));
    const tree = new SourceTree(folder, []);
    expect(tree.exists("mails-src")).toBe(false);
    save("mails-src/index.py", "1");
    (await next())();
    await ended();
    expect([state, applies]).toEqual([undefined, []]);
  });

  test("of other files, and of an editor's copies, is none", async () => {
    begin();
    for (const path of ["other.ts", "stacks/.main.ts.swp", "stacks/main.ts~"]) save(path, "1");
    save("main.ts", "22");
    (await next())();
    await ended();
    const tree = new SourceTree(folder, ["main.ts", "stacks", "none"]);
    expect(tree.files().map(({ path }) => path)).toEqual(["main.ts"]);
    expect(["other.ts", "stacks", "main.ts"].map((path) => tree.isLeftOut(join(folder, path)))).toEqual([
      true,
      false,
      false,
    ]);
  });
});
