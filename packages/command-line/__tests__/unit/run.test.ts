import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { run } from "../../process/child-process";

const COMMAND = `
const args: string[] = process.argv.slice(2);
console.log(args.join());
process.exitCode = 2;
`;

const { engines, dependencies, devDependencies } = JSON.parse(readFileSync("package.json", "utf8"));
const packages: [name: string, version: string][] = Object.entries({ ...dependencies, ...devDependencies });

/** Node's option for another value of a property of `process`. */
const withProcess = (name: string, value: unknown) => {
  const program = `Object.defineProperty(process, "${name}", { value: ${JSON.stringify(value)} })`;
  return [`--import=data:text/javascript,${encodeURIComponent(program)}`];
};

describe("the launcher, in a project with one command", () => {
  let project: string;
  beforeEach(() => {
    project = mkdtempSync(join(tmpdir(), "launcher-"));
    mkdirSync(join(project, "commands"));
    cpSync("package.json", join(project, "package.json"));
    cpSync("packages/command-line/launcher", join(project, "packages/command-line/launcher"), { recursive: true });
  });
  afterEach(() => rmSync(project, { recursive: true }));

  async function launch(command: string, { node = [], args = ["--json"] }: { node?: string[]; args?: string[] } = {}) {
    writeFileSync(join(project, "commands", "plan.ts"), command);
    const launcher = join("packages", "command-line", "launcher", "run.mjs");
    return run(process.execPath, [...node, launcher, "commands/plan.ts", ...args], { cwd: project });
  }

  const linkPackages = () => symlinkSync(resolve("node_modules"), join(project, "node_modules"));

  /** Puts a package in node_modules, as `npm ci` does. */
  function install(name: string, version: string | undefined): void {
    const folder = join(project, "node_modules", name);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "package.json"), JSON.stringify({ name, version }));
  }

  test("runs it with its arguments, and ends as it does", async () => {
    linkPackages();
    expect(await launch(COMMAND)).toEqual({ exitCode: 2, stdout: "--json\n", stderr: "" });
  });

  test("leaves no file in TMPDIR, and names the line of an error in TypeScript", async () => {
    linkPackages();
    const TMPDIR = join(project, "tmp");
    mkdirSync(TMPDIR);
    const command = `interface Unused {}\n\nthrow new Error(require("fs").readdirSync("${TMPDIR}").join() + "none");`;
    const { exitCode, stderr } = await launch(command, {
      node: [`--import=data:text/javascript,process.env.TMPDIR="${TMPDIR}"`],
    });
    expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/Error: none\n.*plan\.ts:3:7/)]);
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
    linkPackages();
    expect(await launch(COMMAND, { node })).toEqual({ exitCode: 1, stdout: "", stderr: `Error: ${message}\n` });
    writeFileSync(join(project, "help"), "all of it");
    expect(await launch(COMMAND, { node, args: ["--help"] })).toMatchObject({ exitCode: 0, stdout: "all of it\n" });
  });
});

test("each version in package.json is exact, because the launcher compares it to the installed one", () => {
  expect(engines.node).toBe(">=20.9");
  expect(packages.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
});
