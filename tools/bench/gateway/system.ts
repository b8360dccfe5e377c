// `npm start` with an emulator of its own, as a user runs it.
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { setTimeout } from "node:timers/promises";
import { startChild } from "@local/command-line/process/child-process";
import { beforeShutdown } from "@local/command-line/process/shutdown";

export const CLIENTS = 10;
const BODY = '{"amount": 3, "currency": "EUR"}';
// Longer than log lines take to reach the archive.
const QUIET_MS = 2000;

export class System {
  #agent = new Agent({ keepAlive: true, maxSockets: CLIENTS });
  #answered = 0;

  private constructor(
    private readonly api: string,
    /** The console's address. */
    readonly page: string,
    /** The emulator's endpoint. */
    readonly emulator: string,
    /** The gateway's process. */
    private readonly pid: number,
    readonly stop: () => Promise<unknown>,
  ) {}

  /**
   * Deploys the system and starts it. The system ends with this process.
   *
   * @param project the project's folder, or a copy of it
   * @param options of npm start
   */
  static async start(environment: string, project: string, ...options: string[]): Promise<System> {
    const env: NodeJS.ProcessEnv = { ...process.env, ENVIRONMENT: environment, NO_COLOR: "1" };
    // The user's own emulator would keep this run's items.
    delete env.AWS_ENDPOINT_URL;
    // As package.json has it.
    const script = ["--heap-growing-percent=10", "packages/command-line/launcher/run.mjs", "commands/start.ts"];
    const command = [...script, "--port", "0", ...options];
    const child = startChild(process.execPath, command, {
      cwd: project,
      env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const ended = new Promise((done) => child.once("close", done));
    // A signal, because npm start ends its own child processes.
    const stop = async () => child.kill() && ended;
    beforeShutdown(stop);
    return new Promise((found, fail) => {
      let output = "";
      const read = (text: Buffer) => {
        output += text;
        const [, emulator] = /AWS emulator: (\S+)/.exec(output) ?? [];
        const [, api] = /The API answers at (\S+)\n/.exec(output) ?? [];
        const [, page] = /The console is at {2}(\S+)/.exec(output) ?? [];
        if (!emulator || !api || !page || !child.pid) return;
        for (const stream of [child.stdout, child.stderr]) stream?.off("data", read).resume();
        found(new System(api, page, emulator, child.pid, stop));
      };
      for (const stream of [child.stdout, child.stderr]) stream?.on("data", read);
      child.once("error", fail);
      child.once("close", () => fail(new Error(`npm start ended:\n${output}`)));
    });
  }

  async post(): Promise<void> {
    const status = await this.status("/orders");
    if (status === 200) {
      this.#answered += 1;
      return;
    }
    if (status !== 429) throw new Error(`The API answers ${status}`);
    // The long run meets the stage's throttle on a fast machine.
    await setTimeout(100);
    return this.post();
  }

  /** Posts to a path. Returns the answer's status. */
  status(path: string): Promise<number | undefined> {
    return new Promise((done, fail) => {
      const headers = { "content-type": "application/json", "content-length": BODY.length };
      request(this.api + path, { method: "POST", agent: this.#agent, headers }, (response) => {
        response.resume().once("end", () => done(response.statusCode));
      })
        .once("error", fail)
        .end(BODY);
    });
  }

  /**
   * Sends requests until the gateway has answered so many in all. Returns the gateway's memory in MiB, and the number
   * of its open descriptors (NaN without /proc).
   */
  async usageAfter(requests: number): Promise<{ mebibytes: number; descriptors: number }> {
    const work = async () => {
      while (this.#answered < requests) await this.post();
    };
    await Promise.all(Array.from({ length: CLIENTS }, work));
    await setTimeout(QUIET_MS);
    const kibibytes = execFileSync("ps", ["-o", "rss=", "-p", String(this.pid)], { encoding: "utf8" });
    const descriptors = `/proc/${this.pid}/fd`;
    return {
      mebibytes: Number(kibibytes) / 1024,
      descriptors: existsSync(descriptors) ? readdirSync(descriptors).length : Number.NaN,
    };
  }

  /** Returns the memory and, where /proc exists, the CPU time of npm start's process and of all that it has started. */
  processUsage(): { mebibytes: number; seconds: number } {
    const table = execFileSync("ps", ["-e", "-o", "pid=,ppid=,rss="], { encoding: "utf8" });
    const processes = table
      .trim()
      .split("\n")
      .map((line) => {
        const [pid = 0, parent = 0, kibibytes = 0] = line.trim().split(/\s+/).map(Number);
        return { pid, parent, kibibytes };
      });
    const own = new Set([this.pid]);
    // A process may have a lower id than its parent.
    for (let size = 0; size < own.size; ) {
      size = own.size;
      for (const { pid, parent } of processes) if (own.has(parent)) own.add(pid);
    }
    const all = processes.filter(({ pid }) => own.has(pid));
    return {
      mebibytes: all.reduce((sum, { kibibytes }) => sum + kibibytes, 0) / 1024,
      seconds: all.reduce((sum, { pid }) => sum + cpuSeconds(pid), 0),
    };
  }
}

/** Linux counts in hundredths of a second: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
function cpuSeconds(pid: number): number {
  const file = `/proc/${pid}/stat`;
  if (!existsSync(file)) return Number.NaN;
  const [, fields = ""] = readFileSync(file, "utf8").split(") ");
  const [user = 0, system = 0] = fields.split(" ").slice(11, 13).map(Number);
  return (user + system) / 100;
}
