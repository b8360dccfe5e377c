import type { StdioOptions } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { TYPESCRIPT } from "@local/command-line/launcher/typescript";
import { type RunResult, run, startChild } from "@local/command-line/process/child-process";
import { Deployment } from "@local/terraform/deployment";
import type { Terraform } from "@local/terraform/run/terraform";
import { runInProcess } from "../command-in-process";
import type { AwsProxy, AwsRequest, Refusal } from "./aws-proxy";
import { sharedRun } from "./shared";

/** The commands of the pipeline. */
export type Command = "apply" | "bootstrap" | "dead-letters" | "lock" | "plan" | "release" | "restore";

/** The command that synthesizes the application: by itself, and without compiling what the set-up has compiled. */
const APP = JSON.stringify(JSON.parse(readFileSync("cdktf.json", "utf8")).app).slice(1, -1);
const COMPILED_APP = `sh ${resolve("__tests__/e2e/synthesize-once.sh")}`;

/** Another checkout of the project, whose commands go to the proxy. */
export class Checkout {
  readonly plan: string;
  private compiles = false;

  constructor(
    readonly folder: string,
    private readonly endpoint: string,
    private readonly environmentName = "production",
  ) {
    this.plan = join(folder, "cdktf.out", "plan");
    // A lock file could demand another version of the provider than this machine has.
    const left = ["node_modules", "cdktf.out", ".git", ".venv", "__tests__", "bench", ".terraform.lock.hcl"];
    for (const name of readdirSync(".").filter((name) => !left.includes(name) && !name.endsWith(".tfstate")))
      cpSync(name, join(folder, name), { recursive: true });
    symlinkSync(resolve("node_modules"), join(folder, "node_modules"));
    this.replace("cdktf.json", APP, COMPILED_APP);
  }

  edit(file: string, from: string, to: string): void {
    this.replace(file, from, to);
    if (!file.endsWith(".ts") || this.compiles) return;
    this.compiles = true;
    this.replace("cdktf.json", COMPILED_APP, APP);
  }

  run(command: Command, ...args: string[]): Promise<RunResult> {
    return this.runWith({}, command, ...args);
  }

  runWith(env: NodeJS.ProcessEnv, command: Command, ...args: string[]): Promise<RunResult> {
    return run(process.execPath, [...TYPESCRIPT, this.program(command), ...args], {
      env: { ...this.environment, ...env },
      cwd: this.folder,
    });
  }

  /** Like `runWith`, in jest's process. The folder must be this suite's `PROJECT_FOLDER`. */
  async runInProcess(env: NodeJS.ProcessEnv, command: Command, ...args: string[]): Promise<RunResult> {
    const serve = jest.spyOn(Deployment.prototype, "serveArchiveProvider");
    try {
      return await runInProcess(command, args, { ...this.environment, ...env });
    } finally {
      // A command's providers end with its process.
      for (const deployment of serve.mock.contexts) deployment.stop();
      serve.mockRestore();
    }
  }

  start(command: Command, stdio: StdioOptions = "ignore") {
    return startChild(process.execPath, [...TYPESCRIPT, this.program(command)], {
      env: this.environment,
      cwd: this.folder,
      stdio,
    });
  }

  /** Runs a command in a terminal where somebody answers its question. */
  async answer(answer: string, env: NodeJS.ProcessEnv, command: Command): Promise<string> {
    const terminal = "import pty, sys; pty.spawn(sys.argv[1:])";
    const { python } = sharedRun();
    const child = startChild(python, ["-c", terminal, process.execPath, ...TYPESCRIPT, this.program(command)], {
      env: { ...this.environment, ...env },
      cwd: this.folder,
      stdio: ["pipe", "pipe", "inherit"],
    });
    let output = "";
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      if (text.includes("[y/N]")) child.stdin?.write(`${answer}\n`);
    });
    await once(child, "close");
    return output;
  }

  /** Runs Terraform in the system's folder, as `npm run synth` writes it. */
  async withTerraform(use: (terraform: Terraform) => Promise<unknown>): Promise<void> {
    const work = mkdtempSync(join(tmpdir(), "terraform-"));
    const deployment = new Deployment({
      ...sharedRun(),
      endpoint: this.endpoint,
      folder: work,
      environment: this.environmentName,
    });
    try {
      await deployment.synthesize();
      const terraform = deployment.stack("serverless-infrastructure");
      await terraform.init();
      await use(terraform);
    } finally {
      deployment.stop();
      rmSync(work, { recursive: true });
    }
  }

  private replace(file: string, from: string, to: string): void {
    const path = join(this.folder, file);
    const text = readFileSync(path, "utf8");
    expect(text).toContain(from);
    writeFileSync(
      path,
      text.replace(from, () => to),
    );
  }

  private program(command: Command): string {
    return join(this.folder, "commands", `${command}.ts`);
  }

  private get environment(): NodeJS.ProcessEnv {
    return {
      ...process.env,
      ENVIRONMENT: this.environmentName,
      AWS_ENDPOINT_URL: this.endpoint,
      TMPDIR: dirname(this.folder),
    };
  }
}

/** A failure is one line, after the line of the step that failed. */
export function expectFailure({ exitCode, stdout, stderr }: RunResult, message: string | RegExp): void {
  const lines = stderr.trim().split("\n");
  expect([exitCode, stdout]).toEqual([1, ""]);
  const line = (lines.at(-1) ?? "").replace(/^Error: /, "");
  expect(line).toEqual(typeof message === "string" ? expect.stringContaining(message) : expect.stringMatching(message));
  expect(lines.slice(0, -1).filter((other) => !other.startsWith("✖ "))).toEqual([]);
}

/**
 * Notes what AWS is asked to change.
 *
 * @param instead what a request is answered with instead of by AWS
 */
export function recordWrites(
  proxy: AwsProxy,
  instead: (request: AwsRequest) => Refusal | undefined = () => undefined,
): string[] {
  const writes: string[] = [];
  proxy.before = (request) => {
    if (isWrite(request)) writes.push(request.operation);
    return instead(request);
  };
  return writes;
}

/** What may change something; Terraform's own lock is no change. */
function isWrite({ method, path, operation }: AwsRequest): boolean {
  if (path.includes(".tflock")) return false;
  const name = operation.includes(" ") ? "" : operation;
  return name ? !/^(Describe|Get|List|Head)/.test(name) : !["GET", "HEAD"].includes(method);
}
