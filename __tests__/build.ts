import { run } from "../local/child-process";

/** Compiles the application once, before the tests that run it side by side. */
export default async function build(): Promise<void> {
  const { exitCode, stdout } = await run("node_modules/.bin/tsc", ["-p", "tsconfig.build.json"]);
  if (exitCode !== 0) throw new Error(stdout);
}
