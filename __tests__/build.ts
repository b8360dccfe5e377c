import { run } from "../local/child-process";

/** Compiles the application once, before the tests that run it side by side. */
export default async function build(): Promise<void> {
  await compile("tsconfig.build.json");
}

/** Compiles one of the project's parts. */
export async function compile(project: string): Promise<void> {
  const { exitCode, stdout } = await run("node_modules/.bin/tsc", ["-p", project]);
  if (exitCode !== 0) throw new Error(stdout);
}
