import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import "./shutdown";
import { UserError } from "./user-error";

const running = new Set<ChildProcess>();

/** Ends one process that `startChild` started, and its own, at once. */
export function killChild(child: ChildProcess): void {
  try {
    if (child.pid) process.kill(-child.pid, "SIGKILL");
  } catch {
    // It ended by itself in the meantime.
  }
}

/** Ends every process that `startChild` started, and theirs, at once. It also happens when this process exits. */
export function killChildren(): void {
  for (const child of running) killChild(child);
}

process.on("exit", killChildren);

/** Interrupts every process that `startChild` started and waits until they have ended by themselves. */
export async function interruptChildren(): Promise<void> {
  const ended = [...running].map((child) => new Promise((done) => child.once("close", done)));
  for (const { pid } of running) if (pid) process.kill(pid, "SIGINT");
  await Promise.all(ended);
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
