import { join, relative } from "node:path";
import type { LambdaClient } from "@aws-sdk/client-lambda";
import type { SourceEntry } from "../../../constructs/source/source-files";
import { sourceWarnings } from "../../../constructs/source/source-warnings";
import { PROJECT_FOLDER } from "../../cli/project";
import { CodeZip } from "./code/code-zip";
import type { UnpackedCode } from "./code/unpack";
import { isSameCode, readFunction, updateFunctionCode } from "./function-code";
import { describeError, type LoadFailure, type Outcome } from "./function-process";
import { type DeployedFunction, FunctionRuntime, type FunctionRuntimeProps } from "./function-runtime";
import type { InvocationRecord } from "./invocation";
import { type Cause, type FoundFiles, SourceWatcher } from "./source-watcher";

export interface LiveFunctionProps extends FunctionRuntimeProps {
  readonly lambda: LambdaClient;
  readonly functionName: string;
  /** Called with messages for the user, each a line. */
  readonly onNotice: (notice: string) => void;
}

/** A deployed function, running here. On demand, what is saved in its source is deployed and runs from then on. */
export class LiveFunction {
  readonly runtime: FunctionRuntime;
  /** Why the code of now cannot be loaded, until it can. */
  loadFailure: LoadFailure | undefined;
  private watcher: SourceWatcher | undefined;
  private readonly codeZip = new CodeZip();
  private readonly warnings = new Set<string>();
  private isStopped = false;
  /** What was said of the code of now. */
  private lastNotice: string | undefined;
  /** The folder that the code comes from. */
  private source = join(PROJECT_FOLDER, "lambda-src");

  constructor(
    private deployed: DeployedFunction & UnpackedCode,
    private readonly props: LiveFunctionProps,
  ) {
    this.runtime = new FunctionRuntime(deployed, props);
  }

  /** Starts a process before the first event. */
  async warmUp(): Promise<void> {
    this.noticeFailure(await this.runtime.warmUp());
  }

  /** Names a file of the code by its place in the project, such as `lambda-src/index.py`. */
  projectPath(file: string): string {
    return relative(PROJECT_FOLDER, join(this.source, file));
  }

  /** From now on, the next event is handled by whatever is saved in the source. */
  watchSource(source: string): void {
    this.source = source;
    this.watcher = new SourceWatcher({
      source,
      isCurrent: () => isSameCode(source, this.deployed.codeFolder),
      onSave: (cause, readFiles) => this.update(cause, readFiles),
    });
  }

  /** Handles an event. Throws InvokeError if Lambda would refuse it. */
  async invoke(
    event: string,
    requestId: string,
    traceId: string,
    onStart?: (invocation: InvocationRecord) => void,
  ): Promise<Outcome> {
    await this.watcher?.upToDate();
    let codeFolder: string | undefined;
    const outcome = await this.runtime.invoke(event, requestId, traceId, (invocation) => {
      codeFolder = invocation.codeFolder;
      onStart?.(invocation);
    });
    this.noticeFailure(outcome.loadFailure);
    if (!outcome.loadFailure && codeFolder === this.deployed.codeFolder) this.loadFailure = undefined;
    return outcome;
  }

  /** Ends the function's processes and the watch. */
  async stop(): Promise<void> {
    this.isStopped = true;
    await this.watcher?.stop();
    await this.runtime.stop();
  }

  /** Returns whether the source is deployed. */
  private async update(cause: Cause, readFiles: () => FoundFiles): Promise<boolean> {
    const { lambda, functionName, folder, onNotice } = this.props;
    const started = performance.now();
    try {
      const { entries, files } = readFiles();
      await updateFunctionCode(lambda, functionName, this.source, this.codeZip, files);
      const deployed = await readFunction(lambda, functionName, folder, this.deployed);
      this.deployed = deployed;
      this.lastNotice = undefined;
      // Does not await the load: a slow or broken version must not delay the next save.
      void this.runtime.replace(deployed).then((failure) => {
        if (this.deployed !== deployed) return;
        this.loadFailure = failure;
        if (failure) this.noticeFailure(failure);
        else onNotice(`${functionName} runs the saved code (${Math.round(performance.now() - started)} ms)`);
        this.warn(entries);
      });
      return true;
    } catch (error) {
      const notice = `${functionName} could not be updated: ${(error as Error).message}`;
      // A retry by itself has news only if another reason makes it fail.
      if (cause !== "retry" || notice !== this.lastNotice) onNotice(notice);
      this.lastNotice = notice;
      return false;
    }
  }

  /** Gives each warning about the source once. */
  private warn(entries: readonly SourceEntry[]): void {
    for (const warning of sourceWarnings(this.source, entries)) {
      if (!this.warnings.has(warning)) this.props.onNotice(`Warning: ${warning}`);
      this.warnings.add(warning);
    }
  }

  private noticeFailure(failure: LoadFailure | undefined): void {
    if (!failure || this.isStopped) return;
    this.loadFailure = failure;
    const { error, location } = failure;
    const place = location ? `${relative(process.cwd(), join(this.source, location))}: ` : "";
    const what = `The function cannot be loaded: ${place}${describeError(error)}`;
    if (what === this.lastNotice) return;
    this.lastNotice = what;
    this.props.onNotice(`${what}. Each event fails until that is mended and saved.`);
  }
}
