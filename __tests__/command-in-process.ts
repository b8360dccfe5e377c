import { format } from "node:util";
import type { RunResult } from "@local/command-line/process/child-process";
import { UserError } from "@local/command-line/user-error";

type Main = (args: string[]) => Promise<number>;

const mains = new Map<string, Main>();
let given: Main;

/**
 * Runs a command of `commands/` in jest's process: a process of its own takes a second to load it. The command finds its
 * project from the working folder in which it is first loaded.
 */
export async function runInProcess(command: string, args: string[], env: NodeJS.ProcessEnv = {}): Promise<RunResult> {
  const before = { ...process.env };
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  const printed = { stdout: "", stderr: "" };
  const keep = (method: "log" | "error", stream: keyof typeof printed) =>
    jest.spyOn(console, method).mockImplementation((...values) => {
      printed[stream] += `${format(...values)}\n`;
    });
  const spies = [keep("log", "stdout"), keep("error", "stderr")];
  // Without workers, jest's own terminal is this process's.
  const { isTTY } = process.stderr;
  process.stderr.isTTY = false;
  try {
    const exitCode = await load(command)(args).catch((error) => {
      if (!(error instanceof UserError)) throw error;
      for (const line of [...error.details, `Error: ${error.message}`]) console.error(line);
      return 1;
    });
    return { exitCode, ...printed };
  } finally {
    process.stderr.isTTY = isTTY;
    for (const spy of spies) spy.mockRestore();
    for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
    Object.assign(process.env, before);
  }
}

/** A command gives its main function to `runCommand`, whose own tests cover what that does. */
function load(command: string): Main {
  const module = "@local/command-line/process/run-command";
  jest.doMock(module, () => ({
    ...jest.requireActual(module),
    runCommand(main: Main) {
      given = main;
    },
  }));
  if (!mains.has(command)) {
    require(`../commands/${command}`);
    mains.set(command, given);
  }
  return mains.get(command) as Main;
}
