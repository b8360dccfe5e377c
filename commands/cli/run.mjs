// package.json runs a command with this: `node commands/cli/run.mjs commands/plan.ts --json`. It compiles all commands if
// anything has changed, and runs the given one, or a module that needs them, in this process. `--help` compiles nothing.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { compileIfStale } from "./launcher/compile.mjs";
import { findObstacle } from "./launcher/machine.mjs";

// In CI, picocolors would colour output to a file or to another program.
if (!process.stdout.isTTY && !process.env.FORCE_COLOR) process.env.NO_COLOR = "1";

const PROJECT = fileURLToPath(new URL("../..", import.meta.url));
const [file = "", ...args] = process.argv.slice(2);

if (args.includes("--help") || args.includes("-h")) {
  console.log(helpOf(process.env.npm_lifecycle_event ?? ""));
} else {
  const obstacle = findObstacle(PROJECT);
  if (obstacle) {
    console.error(`Error: ${obstacle}`);
    process.exit(1);
  }
  const compiled = file.endsWith(".ts")
    ? resolve(PROJECT, "dist", file.replace(/\.ts$/, ".js"))
    : resolve(PROJECT, file);
  // Not the compiler's exit code: 2 would mean changes in `npm run plan`.
  if (!(await compileIfStale(PROJECT, compiled))) process.exit(1);
  process.argv = [process.argv[0] ?? "node", compiled, ...args];
  await import(pathToFileURL(compiled).href);
}

/** @param {string} script a script of package.json; without lines about it, the result is the whole file */
function helpOf(script) {
  const help = readFileSync(resolve(PROJECT, "help"), "utf8").trimEnd();
  const entries = help.split(/\n(?= {0,4}\S)/);
  const own = entries.filter((entry) => new RegExp(`^ {4}npm (run )?${script}(?= |$)`, "m").test(entry));
  return own.join("\n") || help;
}
