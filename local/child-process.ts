import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { UserError } from "./user-error";

const running = new Set<ChildProcess>();

/** Ends every process that `startChild` started, and theirs, at once. It also happens when this process exits. */
export function killChildren(): void {
  for (const child of running) {
    try {
      if (child.pid) process.kill(-child.pid, "SIGKILL");
    } catch {
      // It ended by itself in the meantime.
    }
  }
}

process.on("exit", killChildren);

/** npm passes on the signal that the terminal sends to both, so that one Ctrl-C may arrive twice. */
const SAME_SIGNAL_MS = 500;

let endsGently = false;
let signalledAt = 0;

/** From now on a first signal lets the children end by themselves (Terraform saves its state); a second ends them. */
export function endChildrenGently(): void {
  endsGently = true;
}

// By default a signal ends Node.js without the event "exit", on which all cleaning up hangs.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, async () => {
    const isFirst = signalledAt === 0;
    if (endsGently && !isFirst && Date.now() - signalledAt < SAME_SIGNAL_MS) return;
    signalledAt = Date.now();
    if (endsGently && isFirst && running.size > 0) {
      console.log("\nTerraform finishes what it began; once more Ctrl-C kills it.");
      const ended = [...running].map((child) => new Promise((done) => child.once("close", done)));
      for (const { pid } of running) if (pid) process.kill(pid, "SIGINT");
      await Promise.all(ended);
    }
    process.exit(process.exitCode ?? 130);
  });
}

/**
 * Starts a program in a process group of its own: Ctrl-C does not reach it behind our back, and whatever it starts
 * (Terraform its providers) ends with it when this process exits.
 */
export function startChild(command: string, args: string[], options: SpawnOptions): ChildProcess {
  const child = spawn(command, args, { ...options, detached: true });
  running.add(child);
  child.once("close", () => running.delete(child));
  return child;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Called with each line of standard output as it comes. */
  readonly onLine?: (line: string) => void;
}

export interface RunResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a program to its end, whatever its exit code.
 *
 * @throws UserError where the program cannot be started
 */
export async function run(command: string, args: string[], options: RunOptions = {}): Promise<RunResult> {
  const child = startChild(command, args, { cwd: options.cwd, env: options.env, stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  let unfinishedLine = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    const lines = (unfinishedLine + text).split("\n");
    unfinishedLine = lines.pop() ?? "";
    for (const line of lines) options.onLine?.(line);
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const exitCode = await new Promise<number>((done, fail) => {
    child.once("error", (error: NodeJS.ErrnoException) => {
      running.delete(child);
      fail(error.code === "ENOENT" ? new UserError(`${command} is not on the PATH; install it and try again.`) : error);
    });
    child.once("close", (code) => done(code ?? 1));
  });
  return { exitCode, stdout, stderr };
}
