// package.json runs a command with this: `node packages/command-line/launcher/run.mjs commands/plan.ts --json`. tsx loads the
// command's TypeScript, without a check of types. `--help` loads no command.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { findObstacle } from "./machine.mjs";

// In CI, picocolors would colour output to a file or to another program.
if (!process.stdout.isTTY && !process.env.FORCE_COLOR) process.env.NO_COLOR = "1";

const [file = "", ...args] = process.argv.slice(2);

if (args.includes("--help") || args.includes("-h")) {
  console.log(helpOf(process.env.npm_lifecycle_event ?? "", args[0]));
} else {
  const obstacle = findObstacle(process.cwd());
  if (obstacle) {
    console.error(`Error: ${obstacle}`);
    process.exit(1);
  }
  const command = resolve(file);
  process.argv = [process.argv[0] ?? "node", command, ...args];
  const require = createRequire(import.meta.url);
  require("./register-typescript.cjs");
  require(command);
}

/**
 * @param {string} script a script of package.json; if the file has no lines about it, returns the whole file
 * @param {string} subcommand perhaps one of the script; if so, returns its lines and those of the shared options alone
 */
function helpOf(script, subcommand) {
  const help = readFileSync("help", "utf8").trimEnd();
  const entries = help.split(/\n(?= {0,4}\S)/);
  const own = entries.filter((entry) => new RegExp(`^ {4}npm (run )?${script}(?= |$)`, "m").test(entry));
  const ofOne = own.filter((entry) => entry.startsWith(`    npm run ${script} -- ${subcommand} `));
  const shared = own.filter((entry) => !entry.startsWith(`    npm run ${script} -- `));
  return (ofOne.length > 0 ? [...ofOne, ...shared] : own).join("\n").trimEnd() || help;
}
