import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { SUBCOMMANDS } from "@local/aws-on-this-machine/client/subcommands";
import { run } from "@local/command-line/process/child-process";

const help = readFileSync("help", "utf8");
const { scripts } = JSON.parse(readFileSync("package.json", "utf8")) as { scripts: Record<string, string> };

const launched = Object.keys(scripts).filter((script) => scripts[script]?.startsWith("exec "));

/** What `npm run <script> -- --help` prints, by script. */
const ownHelp: Record<string, string> = {};

beforeAll(async () => {
  for (const script of launched) {
    const env = { ...process.env, npm_lifecycle_event: script };
    ownHelp[script] = (await run("sh", ["-c", `${scripts[script]} --help`], { env })).stdout;
  }
});

test("there is a script for each command", () => {
  const commands = readdirSync("commands").filter((name) => name.endsWith(".ts"));
  const files = launched.map((script) => scripts[script]?.split(" ").at(-1));
  expect(files).toEqual(expect.arrayContaining(commands.map((name) => `commands/${name}`)));
});

test.each(launched)("%s: --help prints its lines of the file help, and no others", (script) => {
  const text = ownHelp[script] ?? "";
  expect(help).toContain(text.trimEnd().split("\n")[0]);
  const others = launched.filter((other) => other !== script);
  for (const other of others) expect(text).not.toMatch(new RegExp(`^ {4}npm (run )?${other}( |$)`, "m"));
});

test.each(launched)("%s: --help names exactly the options that the command takes", (script) => {
  const source = readFileSync(scripts[script]?.split(" ").at(-1) ?? "", "utf8");
  const taken = [...source.matchAll(/"?([a-z-]+)"?: \{ type: "(?:string|boolean)"/g)].map(([, name]) => `--${name}`);
  const told = ownHelp[script]?.match(/(?<=\s)--[a-z][a-z-]+/g) ?? [];
  // npm's own, and what is given to all.
  const own = told.filter((option) => option !== "--silent");
  expect([...new Set(own)].sort()).toEqual(taken.sort());
});

test.each(Object.entries(SUBCOMMANDS))("npm run local -- %s has a line", (name, { takes = "" }) => {
  expect(help).toMatch(
    new RegExp(`^ {4}npm run local -- ${`${name} ${takes}`.trim().replace(/[[\]]/g, "\\$&")} {2,}[A-Z]`, "m"),
  );
});

test.each([
  ["items", ["--table", "--limit", "--json", "--console-port"]],
  ["tail", ["--limit", "--json", "--console-port"]],
])("npm run local -- %s --help prints the lines of that alone, and the shared options", async (name, options) => {
  const env = { ...process.env, npm_lifecycle_event: "local" };
  const { stdout } = await run("sh", ["-c", `${scripts.local} ${name} --help`], { env });
  expect(stdout.match(/(?<=local -- )\w+/g)).toEqual([name]);
  expect(stdout.match(/(?<=^ {6})--[a-z-]+/gm)).toEqual(options);
});

test("--help needs nothing that is compiled", async () => {
  const { stdout } = await run(
    process.execPath,
    [join("packages", "command-line", "launcher", "run.mjs"), "commands/none.ts", "--help"],
    {
      env: { ...process.env, npm_lifecycle_event: "plan" },
    },
  );
  expect(stdout).toContain("--allow-data-loss");
});
