import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { FunctionConfiguration } from "@aws-sdk/client-lambda";
import { findPython } from "../../../emulator/python";
import type { FunctionDebugger } from "../../../function/function-process";
import { FunctionRuntime } from "../../../function/function-runtime";
import { linkLibraries } from "../../../function/sandbox/libraries";

/** The function's configuration, unless a test says otherwise. */
export const CONFIGURATION = {
  FunctionName: "small",
  FunctionArn: "arn:aws:lambda:us-west-2:123456789012:function:small",
  Handler: "index.handler",
  Runtime: "python3.13",
  // Longer than any answer takes on a machine that is busy with something else.
  Timeout: 60,
  MemorySize: 256,
  Version: "$LATEST",
  LoggingConfig: { LogFormat: "JSON", LogGroup: "/aws/lambda/small" },
} satisfies FunctionConfiguration;

/** Writes files into a folder, which is made. */
export function writeFiles(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
}

/** A function of a few lines, running. */
export class SmallFunction {
  /** The events in the function's log. */
  readonly log: string[] = [];
  readonly reports: string[] = [];
  readonly runtime: FunctionRuntime;
  /** The folder of its code. */
  readonly folder: string;
  private static readonly started: SmallFunction[] = [];

  private constructor(
    python: string,
    /** The folder of all that it has on disk. */
    readonly root: string,
    libraries: string | undefined,
    configuration: FunctionConfiguration,
    debug?: FunctionDebugger,
  ) {
    this.folder = join(root, "code");
    this.runtime = new FunctionRuntime(
      { configuration: { ...CONFIGURATION, ...configuration }, codeFolder: this.folder, source: "src" },
      {
        python,
        folder: root,
        libraries,
        awsEnvironment: { PATH: process.env.PATH, HOME: process.env.HOME, PYTHONPATH: process.cwd() },
        logStreamName: "stream",
        debugger: debug,
        onLog: ({ raw, isReport }) => (isReport ? this.reports : this.log).push(raw),
      },
    );
    SmallFunction.started.push(this);
  }

  /** @param files its code, or index.py alone */
  static async start(
    files: string | Readonly<Record<string, string>>,
    configuration: FunctionConfiguration = {},
    hasLibraries = false,
    debug?: FunctionDebugger,
  ): Promise<SmallFunction> {
    const root = mkdtempSync(join(tmpdir(), "small-function-"));
    writeFiles(join(root, "code"), typeof files === "string" ? { "index.py": files } : files);
    const python = await findPython();
    const libraries = hasLibraries ? await linkLibraries(python, root) : undefined;
    return new SmallFunction(python, root, libraries, configuration, debug);
  }

  /** Ends all that were started. */
  static async stopAll(): Promise<void> {
    for (const { runtime, root } of SmallFunction.started.splice(0)) {
      await runtime.stop();
      rmSync(root, { recursive: true });
    }
  }

  /** Has it handle an event. Returns the payload, as text and, if it is JSON, decoded. */
  async invoke(event: unknown = {}, requestId = "id-1") {
    const { payload, ...outcome } = await this.runtime.invoke(JSON.stringify(event), requestId, "Root=1-2-3");
    return { ...outcome, payload, result: decode(payload) };
  }
}

// biome-ignore lint/suspicious/noExplicitAny: each test knows what its function answers.
function decode(payload: string): any {
  try {
    return JSON.parse(payload);
  } catch {
    return undefined;
  }
}
