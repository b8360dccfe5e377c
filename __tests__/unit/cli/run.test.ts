import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { run } from "../../../commands/cli/child-process";
import { makeLauncherProject } from "./launcher-project";

const COMMAND = `
console.log(process.argv.slice(2).join());
process.exitCode = 2;
`;

describe("the launcher, in a project with one command", () => {
  let project: string;
  beforeEach(() => {
    project = makeLauncherProject();
  });
  afterEach(() => rmSync(project, { recursive: true }));

  async function launch(command: string) {
    writeFileSync(join(project, "commands", "plan.ts"), command);
    const launcher = join(project, "commands", "cli", "run.mjs");
    return run(process.execPath, [launcher, "commands/plan.ts", "--json"], { cwd: tmpdir() });
  }

  const useTypeScript = () => symlinkSync(resolve("node_modules"), join(project, "node_modules"));

  /** Puts a few lines of JavaScript in the compiler's place. */
  function useCompiler(program: string): void {
    const folder = join(project, "node_modules", "typescript", "lib");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "tsc.js"), program);
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
});
