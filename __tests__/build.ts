import { run } from "../commands/cli/child-process";

/** Compiles the application and the commands once, before the tests that run them side by side. */
export default async function build(): Promise<void> {
  for (const project of ["tsconfig.build.json", "commands"]) {
    const { exitCode, stdout } = await run(process.execPath, ["node_modules/typescript/lib/tsc.js", "-p", project]);
    if (exitCode !== 0) throw new Error(stdout);
  }
}
