import { ConsoleClient } from "@local/aws-on-this-machine/client/console-client";
import { SUBCOMMANDS } from "@local/aws-on-this-machine/client/subcommands";
import { DEFAULT_PORT, parseLimit, parseOptions, parsePort } from "@local/command-line/options";
import { runCommand } from "@local/command-line/process/run-command";
import { UserError } from "@local/command-line/user-error";

/** `npm run local -- <subcommand>`: shows and uses the system of `npm start` from another terminal. */
async function main(args: string[]): Promise<number> {
  const { values, positionals } = parseOptions(
    args,
    {
      json: { type: "boolean", default: false },
      function: { type: "string" },
      table: { type: "string" },
      limit: { type: "string", default: "10" },
      claim: { type: "string", multiple: true, default: [] },
      "console-port": { type: "string", default: String(DEFAULT_PORT + 1) },
    },
    true,
  );
  const [name = "", ...given] = positionals;
  const subcommand = Object.hasOwn(SUBCOMMANDS, name) ? SUBCOMMANDS[name] : undefined;
  if (!subcommand) {
    const mistake = name ? `There is no subcommand ${name}` : "A subcommand is missing";
    const names = Object.keys(SUBCOMMANDS).join(", ");
    throw new UserError(`${mistake}; use npm run local -- ${names}. --help describes all of them.`);
  }
  const { takes = "", option } = subcommand;
  const [least, most] = [takes.split("<"), takes.split(/[<[]/)].map(({ length }) => length - 1);
  if (given.length < Number(least) || given.length > Number(most) || given.includes("")) {
    throw new UserError(`Use npm run local -- ${`${name} ${takes}`.trim()}; with --help, it describes its options.`);
  }
  for (const each of ["function", "table"] as const) {
    if (values[each] !== undefined && each !== option)
      throw new UserError(`npm run local -- ${name} has no --${each}.`);
  }
  if (values.claim.length > 0 && name !== "token") throw new UserError("--claim is for token alone.");
  if (name === "tail") letEndAnyTime();
  const port = parsePort("--console-port", values["console-port"], false);
  return subcommand.run({
    client: new ConsoleClient(`http://127.0.0.1:${port}`),
    args: given,
    option: (option && values[option]) ?? "",
    limit: parseLimit(values.limit, subcommand.maxLimit),
    isJson: values.json,
    claims: values.claim,
    print: console.log,
  });
}

/** Ends without an error when the reader of the output, such as `head`, closes the pipe. */
function letEndAnyTime(): void {
  process.exitCode = 0;
  process.stdout.on("error", () => process.exit());
}

runCommand(main);
