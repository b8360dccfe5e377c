import { join, relative } from "node:path";
import type { LambdaClient } from "@aws-sdk/client-lambda";
import { PROJECT_FOLDER } from "@local/command-line/project";
import type { CodeSource, SourceEntry } from "./code/code-source";
import { CodeZip } from "./code/code-zip";
import type { UnpackedCode } from "./code/unpack";
import { isSameCode, readFunction, updateFunctionCode } from "./function-code";
import { describeError, type LoadFailure, type Outcome } from "./function-process";
import { type DeployedFunction, FunctionRuntime, type FunctionRuntimeProps } from "./function-runtime";
import type { InvocationRecord } from "./invocation";
import { installRequirements, showToEditors } from "./sandbox/requirements";
import { type Cause, type FoundFiles, SourceWatcher } from "./source-watcher";

export interface LiveFunctionProps extends FunctionRuntimeProps {
  readonly lambda: LambdaClient;
  readonly functionName: string;
  readonly source: CodeSource;
  /** Called with messages for the user, each a line. */
  readonly onNotice: (notice: string) => void;
}

/** A deployed function that runs here. On demand, it deploys its source after each save. */
export class LiveFunction {
  readonly runtime: FunctionRuntime;
  /** The reason why the current code cannot be loaded, until it can. */
  loadFailure: LoadFailure | undefined;
  private watcher: SourceWatcher | undefined;
  private readonly codeZip = new CodeZip();
  private readonly warnings = new Set<string>();
  private isStopped = false;
  /** The notice about the current code. */
  private lastNotice: string | undefined;

  constructor(
    private deployed: DeployedFunction & UnpackedCode,
    private readonly props: LiveFunctionProps,
  ) {
    this.runtime = new FunctionRuntime(deployed, props);
  }

  async warmUp(): Promise<void> {
    this.noticeFailure(await this.runtime.warmUp());
  }

  /** Names a file of the code by its place in the project, such as `src/index.py` for `index.py`. */
  projectPath(file: string): string {
    return relative(PROJECT_FOLDER, join(this.props.source.folder, file));
  }

  /** From now on, the saved source handles the next event. */
  watchSource(): void {
    const { source } = this.props;
    this.watcher = new SourceWatcher({
      source,
      isCurrent: () => isSameCode(source, this.deployed),
      onSave: (cause, readFiles) => this.update(cause, readFiles),
    });
    void this.showPackages();
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

  async stop(): Promise<void> {
    this.isStopped = true;
    await this.watcher?.stop();
    await this.runtime.stop();
  }

  /** Returns whether the source is deployed. */
  private async update(cause: Cause, readFiles: () => FoundFiles): Promise<boolean> {
    const { lambda, functionName, source, folder, python, onNotice } = this.props;
    const started = performance.now();
    try {
      const { entries, files } = readFiles();
      await updateFunctionCode(lambda, functionName, source, this.codeZip, files);
      const read = await readFunction(lambda, functionName, folder, this.deployed);
      const deployed = { ...read, packages: await installRequirements(python, read.codeFolder) };
      this.deployed = deployed;
      await this.showPackages();
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
      // A retry is worth a notice only if it fails for another reason.
      if (cause !== "retry" || notice !== this.lastNotice) onNotice(notice);
      this.lastNotice = notice;
      return false;
    }
  }

  private async showPackages(): Promise<void> {
    const { packages } = this.deployed;
    if (!packages) return;
    await showToEditors(this.props.python, this.props.source.folder, packages).catch(({ message }: Error) =>
      this.props.onNotice(`Editors do not find the function's packages: ${message}`),
    );
  }

  /** Gives each warning about the source once. */
  private warn(entries: readonly SourceEntry[]): void {
    for (const warning of this.props.source.warnings(entries)) {
      if (!this.warnings.has(warning)) this.props.onNotice(`Warning: ${warning}`);
      this.warnings.add(warning);
    }
  }

  private noticeFailure(failure: LoadFailure | undefined): void {
    if (!failure || this.isStopped) return;
    this.loadFailure = failure;
    const { error, location } = failure;
    const place = location ? `${relative(process.cwd(), join(this.props.source.folder, location))}: ` : "";
    const what = `The function cannot be loaded: ${place}${describeError(error)}`;
    if (what === this.lastNotice) return;
    this.lastNotice = what;
    this.props.onNotice(`${what}. Each event fails until that is mended and saved.`);
  }
}
