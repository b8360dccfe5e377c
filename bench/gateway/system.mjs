// `npm start` as its user has it: it makes its own emulator, deploys to it and answers.
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { Agent, request } from "node:http";
import { setTimeout } from "node:timers/promises";
import { startChild } from "../../dist/commands/cli/child-process.js";
import { beforeShutdown } from "../../dist/commands/cli/shutdown.js";

export const CLIENTS = 10;
const BODY = '{"amount": 3, "currency": "EUR"}';
// Longer than log lines take to reach the archive.
const QUIET_MS = 2000;

export class System {
  #agent = new Agent({ keepAlive: true, maxSockets: CLIENTS });
  #answered = 0;

  /**
   * @param {string} api where the API answers
   * @param {string} page where the console answers
   * @param {string} emulator the emulator's endpoint
   * @param {number} pid the gateway's process
   * @param {() => Promise<unknown>} stop ends it
   */
  constructor(api, page, emulator, pid, stop) {
    this.api = api;
    this.page = page;
    this.emulator = emulator;
    this.pid = pid;
    this.stop = stop;
  }

  /**
   * Deploys the system and starts it. The system ends with this process.
   *
   * @param {string} environment the environment of cdktf.json
   * @param {string} project the project's folder, or a copy of it
   * @param {...string} options of npm start
   * @returns {Promise<System>}
   */
  static async start(environment, project, ...options) {
    /** @type {NodeJS.ProcessEnv} */
    const env = { ...process.env, ENVIRONMENT: environment, NO_COLOR: "1" };
    // The user's own emulator would keep this run's items.
    delete env.AWS_ENDPOINT_URL;
    const command = ["commands/cli/run.mjs", "commands/start.ts", "--port", "0", ...options];
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
      const read = (/** @type {Buffer} */ text) => {
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

  /**
   * Sends one request and reads the answer.
   *
   * @returns {Promise<void>}
   */
  async post() {
    const status = await new Promise((done, fail) => {
      const headers = { "content-type": "application/json", "content-length": BODY.length };
      request(`${this.api}/orders`, { method: "POST", agent: this.#agent, headers }, (response) => {
        response.resume().once("end", () => done(response.statusCode));
      })
        .once("error", fail)
        .end(BODY);
    });
    if (status === 200) {
      this.#answered += 1;
      return;
    }
    if (status !== 429) throw new Error(`The API answers ${status}`);
    // The long run meets the stage's throttle on a fast machine.
    await setTimeout(100);
    return this.post();
  }

  /**
   * Sends requests until the gateway has answered so many in all. Returns the gateway's memory in MiB, and the number
   * of its open descriptors (NaN without /proc).
   *
   * @param {number} requests
   */
  async usageAfter(requests) {
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
}
