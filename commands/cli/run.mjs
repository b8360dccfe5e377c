// How package.json runs a command: `node commands/cli/run.mjs commands/plan.ts --json`. Compiles the commands, which takes
// half a second where little has changed, and runs that one in this process. `--help` needs no compiled file.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const PROJECT = fileURLToPath(new URL("../..", import.meta.url));
const [file = "", ...args] = process.argv.slice(2);

if (args.includes("--help") || args.includes("-h")) {
  console.log(helpOf(process.env.npm_lifecycle_event ?? ""));
} else {
  compile();
  const compiled = resolve(PROJECT, "dist", file.replace(/\.ts$/, ".js"));
  process.argv = [process.argv[0] ?? "node", compiled, ...args];
  await import(pathToFileURL(compiled).href);
}

/**
 * The lines of the file `help` about one script of package.json, or all of it where it says nothing of that.
 *
 * @param {string} script
 */
function helpOf(script) {
  const help = readFileSync(resolve(PROJECT, "help"), "utf8").trimEnd();
  const entries = help.split(/\n(?= {0,4}\S)/);
  const own = entries.filter((entry) => new RegExp(`^ {4}npm (run |run --silent )?${script}(?= |$)`, "m").test(entry));
  return own.join("\n") || help;
}

function compile() {
  if (!existsSync(resolve(PROJECT, "dist", "commands"))) console.error("Compiling TypeScript");
  const tsc = resolve(PROJECT, "node_modules", "typescript", "bin", "tsc");
  // What it finds wrong must not end among a command's results.
  const { status } = spawnSync(process.execPath, [tsc, "-p", resolve(PROJECT, "commands")], {
    stdio: ["ignore", process.stderr, process.stderr],
  });
  // Its own code would be taken for the command's: `npm run plan` ends with 2 where there are changes.
  if (status !== 0) process.exit(1);
}
