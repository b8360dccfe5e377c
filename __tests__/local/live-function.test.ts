import { execFileSync } from "node:child_process";
import { EventEmitter } from "node:events";
import fs, {
  chmodSync,
  cpSync,
  existsSync,
  type FSWatcher,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { setTimeout } from "node:timers/promises";
import zlib from "node:zlib";
import { findPython } from "@local/aws-on-this-machine/emulator/python";
import { CodeZip } from "@local/aws-on-this-machine/function/code/code-zip";
import { readFunction, updateFunctionCode } from "@local/aws-on-this-machine/function/function-code";
import type { LiveFunction } from "@local/aws-on-this-machine/function/live-function";
import { repetitions } from "@local/command-line/testing/repetitions";
import { describeWithPython, exists, until } from "../../packages/aws-on-this-machine/__tests__/local/echo-api";
import { FakeLambda } from "../../packages/aws-on-this-machine/__tests__/local/function/fake-lambda";
import { writeFiles } from "../../packages/aws-on-this-machine/__tests__/local/function/small-function";

const TIMES = repetitions(20);

const FEWER_TIMES = repetitions(10, 2);

/** Requests look at so many files no more. */
const MANY = 200;

/** Answers with what all files of the code say. */
const INDEX = `
import os, time
def handler(event, context):
    if event == "wait":
        time.sleep(1)
    root = os.environ["LAMBDA_TASK_ROOT"]
    names = sorted(os.path.relpath(os.path.join(folder, name), root) for folder, _, files in os.walk(root) for name in files)
    return {name: open(os.path.join(root, name)).read() for name in names if not name.endswith("index.py")}
`;

import { FunctionSource } from "../../constructs/source/function-source";
import { smallLiveFunction } from "./small-live-function";

describeWithPython("a function whose source is saved", () => {
  let root: string;
  let source: string;
  let lambda: FakeLambda;
  let live: LiveFunction;
  let notices: string[];

  async function deploy(files: Readonly<Record<string, string>>): Promise<void> {
    writeFiles(source, files);
    await updateFunctionCode(lambda.client, "small", new FunctionSource(source));
    lambda.updates = 0;
    const deployed = await readFunction(lambda.client, "small", join(root, "versions"));
    live = smallLiveFunction(
      { ...deployed, source: "lambda-src" },
      { lambda, python: await findPython(), root, source, notices },
    );
  }

  async function deployAndWatch(files: Readonly<Record<string, string>>): Promise<void> {
    await deploy(files);
    live.watchSource();
  }

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "live-function-"));
    source = join(root, "lambda-src");
    lambda = new FakeLambda();
    notices = [];
  });
  afterEach(async () => {
    await live?.stop();
    rmSync(root, { recursive: true });
  });

  /** Files of which the function's answers say nothing. */
  const manyFiles = () =>
    Object.fromEntries(Array.from({ length: MANY }, (_, number) => [`many/${number % 10}/${number}index.py`, ""]));

  async function answer(event = ""): Promise<unknown> {
    return JSON.parse((await live.invoke(JSON.stringify(event), "id-1", "")).payload);
  }

  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=Test", "-c", "user.email=test@example.com", ...args], {
      cwd: source,
      env: { PATH: process.env.PATH, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null" },
      stdio: "pipe",
    });

  const tenFiles = (content: string) =>
    Object.fromEntries(Array.from({ length: 10 }, (_, number) => [`part${number}.txt`, content]));

  /** Each saves a version, of which it returns the files beside index.py. The versions have the same length. */
  const WAYS: Record<string, (version: string) => Record<string, string>> = {
    "in place": (version) => {
      writeFileSync(join(source, "a.txt"), version);
      return { "a.txt": version };
    },
    "by a rename that brings an old time": (version) => {
      writeFileSync(join(source, "a.txt.new"), version);
      utimesSync(join(source, "a.txt.new"), 1, 1);
      renameSync(join(source, "a.txt.new"), join(source, "a.txt"));
      return { "a.txt": version };
    },
    "in a subfolder, alternately in place and by a rename": (version) => {
      const isRename = Number(version) % 2 === 0;
      mkdirSync(join(source, "package"), { recursive: true });
      writeFileSync(join(source, "package", isRename ? "b.new" : "b.txt"), version);
      if (isRename) renameSync(join(source, "package", "b.new"), join(source, "package", "b.txt"));
      return { "a.txt": "0", "package/b.txt": version };
    },
    "in a subfolder, alternately in one that is made again and in place": (version) => {
      if (Number(version) % 2 === 0) rmSync(join(source, "package"), { recursive: true, force: true });
      writeFiles(source, { "package/b.txt": version });
      return { "a.txt": "0", "package/b.txt": version };
    },
    "as a new folder in place of the old": (version) => {
      cpSync(source, join(root, "next"), { recursive: true });
      writeFileSync(join(root, "next", "a.txt"), version);
      renameSync(source, join(root, `old${version}`));
      renameSync(join(root, "next"), source);
      return { "a.txt": version };
    },
  };

  const waysAndSizes = Object.keys(WAYS).flatMap((way) => [
    [way, 0, TIMES] as const,
    [way, MANY, FEWER_TIMES] as const,
  ]);

  test.each(waysAndSizes)(
    "answers with the new code each time, when it is saved %s, beside %i files",
    async (way, count, times) => {
      await deployAndWatch({ "index.py": INDEX, "a.txt": "0", ...(count ? manyFiles() : {}) });
      for (let time = 0; time < times; time += 1) {
        const saved = WAYS[way]?.(String(100 + time));
        expect(await answer()).toEqual(saved);
      }
      expect(lambda.updates).toBe(times);
    },
  );

  describe("where the system reports no saves", () => {
    beforeEach(() => {
      jest.spyOn(fs, "watch").mockImplementation(() => Object.assign(new EventEmitter(), { close() {} }) as FSWatcher);
    });
    afterEach(() => jest.restoreAllMocks());

    test.each(Object.keys(WAYS))("answers with the new code each time, when it is saved %s", async (way) => {
      await deployAndWatch({ "index.py": INDEX, "a.txt": "0" });
      for (let time = 0; time < FEWER_TIMES; time += 1) {
        const saved = WAYS[way]?.(String(100 + time));
        expect(await answer()).toEqual(saved);
      }
      expect(lambda.updates).toBe(FEWER_TIMES);
    });

    test("leaves out what a saved .lambdaignore says", async () => {
      await deployAndWatch({ "index.py": INDEX, "a.txt": "1", "notes.md": "1", ".lambdaignore": "*.rst\n" });
      expect(await answer()).toEqual({ "a.txt": "1", "notes.md": "1" });
      writeFileSync(join(source, ".lambdaignore"), "*.md\n");
      expect(await answer()).toEqual({ "a.txt": "1" });
    });
  });

  test.each([0, MANY])("runs what is saved where links lead to, beside %i files", async (count) => {
    writeFiles(join(root, "elsewhere"), { "file.txt": "1", "folder/b.txt": "1" });
    mkdirSync(source);
    symlinkSync(join(root, "elsewhere", "file.txt"), join(source, "a.txt"));
    symlinkSync(join(root, "elsewhere", "folder"), join(source, "linked"));
    await deployAndWatch({ "index.py": INDEX, ...(count ? manyFiles() : {}) });
    expect(await answer()).toEqual({ "a.txt": "1", "linked/b.txt": "1" });
    writeFiles(join(root, "elsewhere"), { "file.txt": "2" });
    expect(await answer()).toEqual({ "a.txt": "2", "linked/b.txt": "1" });
    writeFiles(join(root, "elsewhere"), { "folder/b.txt": "2" });
    expect(await answer()).toEqual({ "a.txt": "2", "linked/b.txt": "2" });
  });

  test("reads and compresses of many files only those that have changed", async () => {
    await deploy({ "index.py": INDEX, "a.txt": "1", ...manyFiles() });
    const zip = new CodeZip();
    zip.zip(new FunctionSource(source));
    writeFiles(source, { "a.txt": "2" });
    const gzip = jest.spyOn(zlib, "gzipSync");
    zip.zip(new FunctionSource(source));
    expect(gzip.mock.calls.map(([content]) => String(content))).toEqual(["2"]);
    gzip.mockRestore();
  });

  test("looks at many files neither for an event nor while nothing is saved", async () => {
    await deployAndWatch({ "index.py": INDEX, "a.txt": "1", ...manyFiles() });
    await answer();
    const readdir = jest.spyOn(fs, "readdirSync");
    const looks = () => readdir.mock.calls.filter(([folder]) => folder === source).length;
    await answer();
    await setTimeout(500);
    expect(looks()).toBe(0);
    writeFiles(source, { "a.txt": "2" });
    expect(await answer()).toEqual({ "a.txt": "2" });
    expect(looks()).toBeGreaterThan(0);
    readdir.mockRestore();
  });

  test("runs executable files, and takes a new mode for a change", async () => {
    const index = 'import os, subprocess\ndef handler(event, context):\n    return os.access("run.sh", os.X_OK)\n';
    await deployAndWatch({ "index.py": index, "run.sh": "#!/bin/sh\n" });
    expect(await answer()).toBe(false);
    chmodSync(join(source, "run.sh"), 0o755);
    expect(await answer()).toBe(true);
    chmodSync(join(source, "run.sh"), 0o644);
    expect(await answer()).toBe(false);
  });

  test.each([0, MANY])("leaves out what a saved .lambdaignore says, beside %i files", async (count) => {
    await deploy({ "index.py": INDEX, "a.txt": "1", "notes.md": "1", ...(count ? manyFiles() : {}) });
    live.watchSource();
    expect(await answer()).toEqual({ "a.txt": "1", "notes.md": "1" });
    writeFiles(source, { ".lambdaignore": "*.md\n" });
    expect(await answer()).toEqual({ "a.txt": "1" });
  });

  test("names a file that looks like a secret, once", async () => {
    await deployAndWatch({ "index.py": INDEX });
    for (const text of ["1", "2"]) {
      writeFiles(source, { ".env": text, "a.txt": text });
      expect(await answer()).toEqual({ "a.txt": text });
    }
    const warnings = () => notices.filter((notice) => notice.startsWith("Warning: "));
    await until(() => warnings().length > 0);
    expect(warnings()).toEqual([expect.stringMatching(/secrets are not deployed: \.env;/)]);
  });

  test("answers with the new code each time, when files are added, and when they are deleted", async () => {
    await deployAndWatch({ "index.py": INDEX });
    const files: Record<string, string> = {};
    for (let time = 0; time < TIMES; time += 1) {
      const name = `${100 + time}.txt`;
      writeFiles(source, { [name]: "new" });
      expect(await answer()).toEqual(Object.assign(files, { [name]: "new" }));
    }
    for (const name of Object.keys(files)) {
      rmSync(join(source, name));
      delete files[name];
      expect(await answer()).toEqual(files);
    }
    expect(lambda.updates).toBe(2 * TIMES);
  });

  test("answers with the new code each time, when Git switches the branch, and loads it once for ten files", async () => {
    await deploy({ "index.py": INDEX, ...tenFiles("1") });
    git("init", "--quiet", "--initial-branch=one");
    git("add", ".");
    git("commit", "--quiet", "--message=one");
    git("checkout", "--quiet", "-b", "two");
    writeFiles(source, tenFiles("2"));
    git("commit", "--quiet", "--all", "--message=two");
    // Git's own folder is no code.
    renameSync(join(source, ".git"), join(root, "repository"));
    const checkout = (branch: string) =>
      git(`--git-dir=${join(root, "repository")}`, "--work-tree=.", "checkout", "--quiet", branch);
    live.watchSource();
    expect(await answer()).toEqual(tenFiles("2"));
    for (let time = 0; time < TIMES; time += 1) {
      checkout(time % 2 ? "two" : "one");
      expect(await answer()).toEqual(tenFiles(time % 2 ? "2" : "1"));
    }
    expect(lambda.updates).toBe(TIMES + 1);
  });

  test("runs what was saved since the deployment, and later what is saved while no request comes", async () => {
    await deploy({ "index.py": INDEX, "a.txt": "1" });
    writeFiles(source, { "a.txt": "2" });
    live.watchSource();
    expect(await answer()).toEqual({ "a.txt": "2" });
    await until(() => notices.length === 1);
    writeFiles(source, { "a.txt": "3" });
    await until(() => notices.length === 2);
    expect(notices).toEqual([0, 1].map(() => expect.stringMatching(/^small runs the saved code \(\d+ ms\)$/)));
    expect(lambda.updates).toBe(2);
  });

  test("updates nothing where only files are saved that the package leaves out", async () => {
    await deployAndWatch({ "index.py": INDEX });
    writeFiles(source, { "__pycache__/index.cpython-313.pyc": "bytecode", ".env": "TOKEN=1", "index.py~": "" });
    symlinkSync("user@host.1234:5678", join(source, ".#index.py"));
    await answer();
    await setTimeout(500);
    expect([lambda.updates, notices]).toEqual([0, []]);
  });

  test("waits for the rest of a file that is half-written", async () => {
    await deployAndWatch({ "index.py": INDEX });
    const code = 'def handler(event, context):\n    return "whole"\n';
    writeFiles(source, { "index.py": code.slice(0, 40) });
    const answered = answer();
    await setTimeout(20);
    writeFiles(source, { "index.py": code });
    expect(await answered).toBe("whole");
    await until(() => notices.length > 0);
    expect(notices).toEqual([expect.stringContaining("small runs the saved code")]);
  });

  test("loads code once that is saved file by file", async () => {
    await deployAndWatch({ "index.py": INDEX, ...tenFiles("1") });
    const early = [];
    for (const [name, content] of Object.entries(tenFiles("2"))) {
      writeFiles(source, { [name]: content });
      early.push(answer());
      await setTimeout(20);
    }
    for (const answered of await Promise.all(early)) expect(answered).toEqual(tenFiles("2"));
    expect(lambda.updates).toBe(1);
  });

  test("answers with what was saved while code saved before was being loaded", async () => {
    await deployAndWatch({ "index.py": INDEX, "a.txt": "1" });
    const late: Promise<unknown>[] = [];
    lambda.onUpdate = () => {
      if (late.length > 0) return;
      writeFiles(source, { "a.txt": "3" });
      late.push(answer());
    };
    writeFiles(source, { "a.txt": "2" });
    await answer();
    expect(await Promise.all(late)).toEqual([{ "a.txt": "3" }]);
  });

  test("answers with what was saved after code that never ends to load", async () => {
    await deployAndWatch({ "index.py": INDEX });
    const pidFile = join(root, "pid");
    const code = `import os, time\nopen("${pidFile}", "w").write(str(os.getpid()) + "\\n")\ntime.sleep(600)\n`;
    writeFiles(source, { "index.py": code });
    const early = answer();
    await until(() => existsSync(pidFile) && readFileSync(pidFile, "utf8").endsWith("\n"));
    writeFiles(source, { "index.py": INDEX });
    expect(await answer()).toEqual({});
    expect(await early).toEqual({});
    await until(() => notices.length > 0);
    expect(notices).toEqual([expect.stringContaining("small runs the saved code")]);
    await until(() => !exists(Number(readFileSync(pidFile, "utf8"))));
  });

  test("ends an event with the code that it began with", async () => {
    await deployAndWatch({ "index.py": INDEX, "a.txt": "1" });
    await live.warmUp();
    const late = answer("wait");
    await setTimeout(100);
    writeFiles(source, { "a.txt": "2" });
    expect(await answer()).toEqual({ "a.txt": "2" });
    expect(await late).toEqual({ "a.txt": "1" });
  });

  test("says in one line, once for each save, where code is that cannot be loaded, until it can", async () => {
    await deployAndWatch({ "index.py": INDEX });
    writeFiles(source, { "index.py": "import helper\n", "helper.py": '\nraise ValueError("two\\nlines")\n' });
    // The first event waits for the code, whose save is not told by itself.
    for (let event = 0; event < 3; event += 1) expect(await answer()).toMatchObject({ errorType: "ValueError" });
    const place = `${relative(process.cwd(), source)}/helper.py:2`;
    const end = "Each event fails until that is mended and saved.";
    const notice = `small cannot be loaded: ${place}: ValueError: two lines. ${end}`;
    expect(notices).toEqual([notice]);
    writeFiles(source, { "other.py": "" });
    expect(await answer()).toMatchObject({ errorType: "ValueError" });
    expect(notices).toEqual([notice, notice]);
    expect(live.loadFailure).toMatchObject({ location: "helper.py:2", error: { errorType: "ValueError" } });
    writeFiles(source, { "helper.py": "", "index.py": INDEX });
    expect(await answer()).toEqual({ "helper.py": "", "other.py": "" });
    expect(live.loadFailure).toBeUndefined();
  });

  test("says once that saved code cannot be loaded, while no event comes", async () => {
    await deployAndWatch({ "index.py": INDEX });
    writeFiles(source, { "index.py": "import missing\n" });
    await until(() => notices.length > 0);
    const notice = expect.stringContaining("Runtime.ImportModuleError: Unable to import module 'index'");
    expect(notices).toEqual([notice]);
    await answer();
    expect(notices).toEqual([notice]);
  });

  const shown = () => relative(process.cwd(), source);
  const FAULTS: Record<string, { break: () => void; mend: () => void; message: () => string }> = {
    "the source is missing": {
      break: () => renameSync(source, join(root, "away")),
      mend: () => renameSync(join(root, "away"), source),
      message: () => `${shown()}: does not exist; create it, or put it back`,
    },
    "a link is dangling": {
      break: () => symlinkSync("gone.txt", join(source, "link.txt")),
      mend: () => unlinkSync(join(source, "link.txt")),
      message: () => `${shown()}/link.txt: is a link to "gone.txt", where there is no file; mend or delete the link`,
    },
    "the source is too large": {
      break: () => {
        writeFiles(source, { "zeros.bin": "" });
        truncateSync(join(source, "zeros.bin"), 251 * 1024 * 1024);
      },
      mend: () => unlinkSync(join(source, "zeros.bin")),
      message: () =>
        `${shown()}: 251 MB unpacked are too much; Lambda takes 250 MB at most; the largest files are zeros.bin 251 MB`,
    },
    "the emulator is busy": {
      break: () => {
        lambda.failure = new Error("socket hang up");
        writeFiles(source, { "b.txt": "1" });
      },
      mend: () => {
        lambda.failure = undefined;
        unlinkSync(join(source, "b.txt"));
      },
      message: () => "socket hang up",
    },
    "the disk is full": {
      break: () => {
        rmSync(join(root, "versions"), { recursive: true });
        writeFiles(root, { versions: "no folder" });
        writeFiles(source, { "b.txt": "1" });
      },
      mend: () => {
        unlinkSync(join(root, "versions"));
        unlinkSync(join(source, "b.txt"));
      },
      message: () => "EEXIST: file already exists",
    },
  };
  test.each(Object.entries(FAULTS))(
    "says with each event that it goes on with the code it has, while %s",
    async (_, fault) => {
      await deployAndWatch({ "index.py": 'def handler(event, context):\n    return "old"\n' });
      await live.warmUp();
      fault.break();
      const notice = expect.stringContaining(`small could not be updated: ${fault.message()}`);
      for (let event = 1; event <= 3; event += 1) {
        expect(await answer()).toBe("old");
        expect(notices).toEqual(Array(event).fill(notice));
      }
      fault.mend();
      writeFiles(source, { "index.py": 'def handler(event, context):\n    return "new"\n' });
      expect(await answer()).toBe("new");
      expect(notices.filter((text) => text.includes("could not be updated"))).toHaveLength(3);
    },
  );

  test("tries a failed update again while no event comes, and is silent while the reason is the same", async () => {
    await deployAndWatch({ "index.py": INDEX, "a.txt": "1" });
    let failures = 0;
    lambda.failure = Object.defineProperty(new Error(), "message", {
      get: () => {
        failures += 1;
        return "socket hang up";
      },
    });
    writeFiles(source, { "a.txt": "2" });
    await until(() => failures > 2);
    expect(notices).toEqual(["small could not be updated: socket hang up"]);
    lambda.failure = undefined;
    await until(() => lambda.updates === 1);
    expect(await answer()).toEqual({ "a.txt": "2" });
  });
});
