// package.json runs a command with this: `node commands/cli/run.mjs commands/plan.ts --json`. It compiles all commands,
// which takes half a second after small changes, and runs the given one in this process. `--help` compiles nothing.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const PROJECT = fileURLToPath(new URL("../..", import.meta.url));
const [file = "", ...args] = process.argv.slice(2);

if (args.includes("--help") || args.includes("-h")) {
  console.log(helpOf(process.env.npm_lifecycle_event ?? ""));
} else {
  await compile();
  const compiled = resolve(PROJECT, "dist", file.replace(/\.ts$/, ".js"));
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

async function compile() {
  // Whoever waits for longer should know what for.
  const notice = setTimeout(() => console.error("Compiling TypeScript"), 400);
  // Node.js before 20.10 cannot run TypeScript's own bin/tsc, which has no extension.
  const tsc = resolve(PROJECT, "node_modules", "typescript", "lib", "tsc.js");
  // A command's standard output must not contain compile errors.
  const compiler = spawn(process.execPath, [tsc, "-p", resolve(PROJECT, "commands")], {
    stdio: ["ignore", process.stderr, process.stderr],
  });
  const [status, signal] = await once(compiler, "close");
  clearTimeout(notice);
  if (signal) console.error(`Error: TypeScript's compiler was ended by ${signal}; run the command again.`);
  // Not the compiler's exit code: 2 would mean changes in `npm run plan`.
  if (status !== 0) process.exit(1);
}
