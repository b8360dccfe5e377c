import { run } from "@local/command-line/process/child-process";

/** Compiles the application once, before the tests that run it side by side. */
export default async function build(): Promise<void> {
  const compiler = ["node_modules/typescript/lib/tsc.js", "-p", "stacks"];
  const { exitCode, stdout } = await run(process.execPath, compiler);
  if (exitCode !== 0) throw new Error(stdout);
}
