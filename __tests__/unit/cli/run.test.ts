import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { run } from "../../../commands/cli/child-process";
import { makeLauncherProject } from "./launcher-project";

const COMMAND = `
console.log(process.argv.slice(2).join());
process.exitCode = 2;
`;

const { engines, scripts, dependencies, devDependencies } = JSON.parse(readFileSync("package.json", "utf8"));
const packages: [name: string, version: string][] = Object.entries({ ...dependencies, ...devDependencies });

/** Node's option for another value of a property of `process`. */
const withProcess = (name: string, value: unknown) => {
  const program = `Object.defineProperty(process, "${name}", { value: ${JSON.stringify(value)} })`;
  return [`--import=data:text/javascript,${encodeURIComponent(program)}`];
};

describe("the launcher, in a project with one command", () => {
  let project: string;
  beforeEach(() => {
    project = makeLauncherProject();
  });
  afterEach(() => rmSync(project, { recursive: true }));

  async function launch(command: string, { node = [], args = ["--json"] }: { node?: string[]; args?: string[] } = {}) {
    writeFileSync(join(project, "commands", "plan.ts"), command);
    const launcher = join(project, "commands", "cli", "run.mjs");
    return run(process.execPath, [...node, launcher, "commands/plan.ts", ...args], { cwd: tmpdir() });
  }

  const useTypeScript = () => symlinkSync(resolve("node_modules"), join(project, "node_modules"));

  /** Puts a few lines of JavaScript in the compiler's place. */
  function useCompiler(program: string): void {
    const folder = join(project, "node_modules", "typescript", "lib");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "tsc.js"), program);
    writeFileSync(join(project, "package.json"), JSON.stringify({ engines }));
  }

  /** Puts a package in node_modules, as `npm ci` does. */
  function install(name: string, version: string | undefined): void {
    const folder = join(project, "node_modules", name);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "package.json"), JSON.stringify({ name, version }));
  }

  test("runs it with its arguments, and ends as it does", async () => {
    useTypeScript();
    expect(await launch(COMMAND)).toMatchObject({ exitCode: 2, stdout: "--json\n" });
  });

  test("runs nothing after a type error, which goes to standard error, and ends with 1", async () => {
    useTypeScript();
    const { exitCode, stdout, stderr } = await launch(`const wrong: number = "text";\n${COMMAND}`);
    expect([exitCode, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/plan\.ts.*Type 'string' is not assignable to type 'number'/s);
    expect(existsSync(join(project, "dist", "commands", "plan.js"))).toBe(false);
  });

  test.each([
    // For a plan, 2 would mean changes.
    ["ends with 2", "console.log('a mistake'); process.exit(2);", "a mistake\n"],
    [
      "is ended by a signal",
      "process.kill(process.pid, 'SIGKILL'); setTimeout(() => {}, 60_000);",
      "Error: TypeScript's compiler was ended by SIGKILL; run the command again.\n",
    ],
  ])("ends with 1 where the compiler %s", async (_what, compiler, message) => {
    useCompiler(compiler);
    const { exitCode, stdout, stderr } = await launch(COMMAND);
    expect([exitCode, stdout, stderr.replace("Compiling TypeScript\n", "")]).toEqual([1, "", message]);
  });

  test.each([
    ["before npm ci", () => {}, `${packages[0]?.join(" ")} and ${packages.length - 1} more packages`],
    [
      "after an npm ci that did not end",
      () => {
        for (const [name, version] of packages.slice(1)) install(name, version);
      },
      packages[0]?.join(" "),
    ],
    [
      "after package.json has got a newer version",
      () => {
        for (const [name, version] of packages) install(name, name === "zod" ? "3.0.0" : version);
        writeFileSync(join(project, "node_modules", ".package-lock.json"), "{}");
        utimesSync(join(project, "node_modules", ".package-lock.json"), 0, 0);
      },
      `zod ${dependencies.zod}`,
    ],
  ])("says in one line that npm ci is missing: %s", async (_when, prepare, lacking) => {
    prepare();
    expect(await launch(COMMAND)).toEqual({
      exitCode: 1,
      stdout: "",
      stderr: `Error: node_modules lacks ${lacking}; run \`npm ci\`.\n`,
    });
  });

  test.each([
    [
      "on Windows",
      withProcess("platform", "win32"),
      "this project runs on Linux, on macOS and, on Windows, in WSL; run `wsl --install`, and the command in there.",
    ],
    [
      "in an old Node.js",
      withProcess("versions", { node: "20.8.1" }),
      "Node.js 20.8.1 is too old; install 20.9 or later.",
    ],
  ])("says in one line that it cannot run %s, where only --help works", async (_where, node, message) => {
    useTypeScript();
    expect(await launch(COMMAND, { node })).toEqual({ exitCode: 1, stdout: "", stderr: `Error: ${message}\n` });
    writeFileSync(join(project, "help"), "all of it");
    expect(await launch(COMMAND, { node, args: ["--help"] })).toMatchObject({ exitCode: 0, stdout: "all of it\n" });
  });
});

test("each version in package.json is exact, because the launcher compares it to the installed one", () => {
  expect(packages.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
});

test("exec.cmd lets a script reach the launcher in cmd.exe, which has no exec", () => {
  const first = Object.values(scripts as Record<string, string>).map((script) => script.split(" ")[0]);
  expect(first).toContain("exec");
  expect(readFileSync("exec.cmd", "utf8")).toMatch(/^@rem .+\r\n@%\*\r\n$/);
});
