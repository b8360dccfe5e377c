import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { basename } from "node:path";
import { createInterface } from "node:readline";
import "./shutdown";
import { UserError } from "../user-error";

const running = new Set<ChildProcess>();

export function killChild(child: ChildProcess): void {
  try {
    if (child.pid) process.kill(-child.pid, "SIGKILL");
  } catch {
    // The process has just ended.
  }
}

/** Kills every process of `startChild`. This also happens when the current process exits. */
export function killChildren(): void {
  for (const child of running) killChild(child);
}

process.on("exit", killChildren);

/** Whether `startChild` has started a program that has not ended. */
export function isRunning(command: string): boolean {
  return [...running].some(({ spawnfile }) => spawnfile === command);
}

/**
 * Sends SIGINT to the processes of `startChild`, and waits for their end.
 *
 * @param command only those of this program
 */
export async function interruptChildren(command?: string): Promise<void> {
  const children = [...running].filter(({ spawnfile }) => command === undefined || spawnfile === command);
  const ended = children.map((child) => once(child, "close"));
  // Unlike process.kill, this does not fail for a child that has just ended.
  for (const child of children) child.kill("SIGINT");
  await Promise.all(ended);
}

/**
 * Starts a program in a new process group, which ends when the current process exits. So the terminal sends no Ctrl-C to
 * the program, and the program's own processes, such as Terraform's providers, end with it.
 */
export function startChild(command: string, args: string[], options: SpawnOptions): ChildProcess {
  const child = spawn(command, args, { ...options, detached: true });
  running.add(child);
  child.once("close", () => running.delete(child));
  return child;
}

export interface RunResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end, with any exit code. Throws a UserError if it is not on the PATH or a signal ends it. */
export async function run(
  command: string,
  args: string[],
  { onLine, ...options }: Pick<SpawnOptions, "cwd" | "env"> & { readonly onLine?: (line: string) => void } = {},
): Promise<RunResult> {
  const child = startChild(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  if (child.stdout && onLine) createInterface({ input: child.stdout }).on("line", onLine);
  const [exitCode, signal] = await once(child, "close").catch((error: NodeJS.ErrnoException) => {
    throw error.code === "ENOENT" ? new UserError(`${command} is not on the PATH; install it and try again.`) : error;
  });
  if (signal) throw new UserError(describeSignal(basename(command), signal));
  return { exitCode, stdout, stderr };
}

/** Explains a signal that ended a program, with advice. */
export function describeSignal(program: string, signal: NodeJS.Signals): string {
  const reason = signal === "SIGKILL" ? ", as by a system that runs out of memory; free some, and" : ";";
  return `${program} was ended by ${signal}${reason} run the command again.`;
}
