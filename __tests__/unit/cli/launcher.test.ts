import { existsSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { run } from "../../../commands/cli/child-process";
import { makeLauncherProject } from "./launcher-project";

/** A small project with the real launcher, compiler and options. */
let folder: string;
beforeEach(() => {
  folder = makeLauncherProject();
  symlinkSync(resolve("node_modules"), join(folder, "node_modules"));
  write("main.ts", 'import { NAME } from "./stacks/names";\nconsole.log(NAME);\n');
  write("stacks/names.ts", name("first"));
  write("commands/hello.ts", 'import { NAME } from "../stacks/names";\nconsole.log(NAME, ...process.argv.slice(2));\n');
});
afterEach(() => rmSync(folder, { recursive: true }));

const name = (text: string) => `export const NAME: string = "${text}";\n`;

function write(path: string, text: string): void {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/** Runs `commands/hello.ts`; returns what it prints, or "fails" with what the compiler prints. */
const hello = (...args: string[]) => helloWith(process.env, ...args);

async function helloWith(env: NodeJS.ProcessEnv, ...args: string[]): Promise<string> {
  const launcher = join(folder, "commands", "cli", "run.mjs");
  const { exitCode, stdout, stderr } = await run(process.execPath, [launcher, "commands/hello.ts", ...args], { env });
  return exitCode === 0 ? stdout.trim() : `fails: ${exitCode}: ${stdout}${stderr}`;
}

/** As `npm run build`. */
async function build(): Promise<string> {
  const tsc = join(folder, "node_modules", "typescript", "lib", "tsc.js");
  await run(process.execPath, [tsc, "-p", join(folder, "tsconfig.build.json")]);
  return (await run(process.execPath, [join(folder, "dist", "main.js")])).stdout.trim();
}

/** Changes whenever something is compiled. */
const stampTime = () => statSync(join(folder, "dist", "commands", ".compiled")).mtimeMs;

test("compiles the first time, and then only what was changed", async () => {
  expect(await hello("a", "b")).toBe("first a b");
  const compiled = stampTime();
  expect(await hello()).toBe("first");
  expect(stampTime()).toBe(compiled);
  write("stacks/names.ts", name("other"));
  expect(await hello()).toBe("other");
  expect(stampTime()).not.toBe(compiled);
});

test("runs a module that is no TypeScript after it has compiled what that needs", async () => {
  write("bench/run.mjs", 'import "../dist/commands/hello.js";\n');
  const launcher = join(folder, "commands", "cli", "run.mjs");
  const { stdout } = await run(process.execPath, [launcher, "bench/run.mjs", "a"]);
  expect(stdout).toBe("first a\n");
});

test("has no colours where the output is no terminal, in a pipeline either", async () => {
  write(
    "commands/hello.ts",
    'import { red } from "picocolors";\nimport { NAME } from "../stacks/names";\nconsole.log(red(NAME));\n',
  );
  const { NO_COLOR: _none, ...env } = process.env;
  expect(await helloWith({ ...env, CI: "true" })).toBe("first");
  expect(await helloWith({ ...env, FORCE_COLOR: "1" })).toBe("\u001b[31mfirst\u001b[39m");
});

test("sees a change that has the same size and time", async () => {
  const file = join(folder, "stacks", "names.ts");
  const time = new Date("2026-01-01");
  utimesSync(file, time, time);
  await hello();
  write("stacks/names.ts", name("fresh"));
  utimesSync(file, time, time);
  expect(await hello()).toBe("fresh");
});

test("sees that a file is gone, and that it is back", async () => {
  await hello();
  rmSync(join(folder, "stacks", "names.ts"));
  expect(await hello()).toMatch(/^fails: 1: .*commands\/hello\.ts.*Cannot find module '\.\.\/stacks\/names'/s);
  write("stacks/names.ts", name("first"));
  expect(await hello()).toBe("first");
});

test("fails as long as the compiler does, and runs nothing old", async () => {
  await hello();
  write("stacks/names.ts", "export const NAME: number = 'text';\n");
  for (const _time of ["first", "second"]) expect(await hello()).toMatch(/^fails: 1: .*not assignable/s);
  write("stacks/names.ts", name("mended"));
  expect(await hello()).toBe("mended");
});

test("compiles again what was deleted from dist", async () => {
  await hello();
  rmSync(join(folder, "dist", "commands", "hello.js"));
  expect(await hello()).toBe("first");
});

test("sees that npm run build has compiled another branch in between", async () => {
  await hello();
  write("stacks/names.ts", name("branch"));
  expect(await build()).toBe("branch");
  write("stacks/names.ts", name("first"));
  expect(await hello()).toBe("first");
});

test("lets npm run build see that another branch was compiled in between", async () => {
  expect(await build()).toBe("first");
  write("stacks/names.ts", name("branch"));
  expect(await hello()).toBe("branch");
  write("stacks/names.ts", name("first"));
  expect(await build()).toBe("first");
});

test("several at once wait for one another, and each runs what is new", async () => {
  await hello();
  write("stacks/names.ts", name("fresh"));
  const lock = join(folder, "dist", "commands", ".compiling");
  // Held by somebody who lives.
  writeFileSync(lock, String(process.pid));
  let ended = 0;
  const all = ["1", "2", "3"].map((each) => hello(each).finally(() => (ended += 1)));
  await new Promise((done) => setTimeout(done, 3000));
  expect([ended, readFileSync(lock, "utf8")]).toEqual([0, String(process.pid)]);
  rmSync(lock);
  expect(await Promise.all(all)).toEqual(["fresh 1", "fresh 2", "fresh 3"]);
  expect(existsSync(lock)).toBe(false);
});

test("does not wait for one that was killed", async () => {
  await hello();
  write("stacks/names.ts", name("fresh"));
  const { pid } = await endedProcess();
  writeFileSync(join(folder, "dist", "commands", ".compiling"), String(pid));
  expect(await hello()).toBe("fresh");
});

async function endedProcess(): Promise<{ pid: number }> {
  const { stdout } = await run(process.execPath, ["-p", "process.pid"]);
  return { pid: Number(stdout) };
}
