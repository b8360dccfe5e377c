import { relative, resolve } from "node:path";
import type { FunctionConfiguration, LambdaClient } from "@aws-sdk/client-lambda";
import { PROJECT_FOLDER } from "@local/command-line/project";
import { runAlike } from "@local/terraform/release/function-version";
import type { CodeSource, SourceEntry } from "./code/code-source";
import { CodeZip } from "./code/code-zip";
import type { UnpackedCode } from "./code/unpack";
import { isSameCode, readFunction, updateFunctionCode } from "./function-code";
import { describeError, type LoadFailure, type Outcome } from "./function-process";
import { type DeployedFunction, FunctionRuntime, type FunctionRuntimeProps } from "./function-runtime";
import type { InvocationRecord, NamedVersion } from "./invocation";
import { openLayers } from "./sandbox/layers";
import { installRequirements, showToEditors } from "./sandbox/requirements";
import { type Cause, type FoundFiles, SourceWatcher } from "./source-watcher";

export interface LiveFunctionProps extends FunctionRuntimeProps {
  readonly lambda: LambdaClient;
  readonly functionName: string;
  /** Without a known source, the deployed code stays until the next deployment. */
  readonly source: CodeSource | undefined;
  /** The published version that runs, by default $LATEST. */
  readonly version?: string;
  /** Makes deployed code live at once. Returns a line for each alias that stays. */
  readonly goLive?: () => Promise<readonly string[]>;
  /** Called with messages for the user, each a line. */
  readonly onNotice: (notice: string) => void;
}

type Deployed = DeployedFunction & UnpackedCode;

/** A deployed function that runs here. On demand, it deploys its source after each save. */
export class LiveFunction {
  readonly runtime: FunctionRuntime;
  /** The reason why the current code cannot be loaded, until it can. */
  loadFailure: LoadFailure | undefined;
  private watcher: SourceWatcher | undefined;
  private readonly underWay = new Set<Promise<Outcome>>();
  private readonly codeZip = new CodeZip();
  private readonly warnings = new Set<string>();
  private isStopped = false;
  /** The notice about the current code. */
  private lastNotice: string | undefined;

  constructor(
    private deployed: Deployed,
    private readonly props: LiveFunctionProps,
  ) {
    this.runtime = new FunctionRuntime(deployed, props);
  }

  /** Reads the function's code, and installs its packages. If that is not possible, the function runs without them. */
  static async open(props: LiveFunctionProps): Promise<LiveFunction> {
    const { functionName, onNotice } = props;
    const onMissing = ({ message }: Error) => onNotice(`${functionName} runs without its packages: ${message}`);
    return new LiveFunction(await readDeployed(props, undefined, onMissing), props);
  }

  /**
   * Continues with what is deployed now, if it differs.
   *
   * @param current its configuration and concurrency
   */
  async redeploy(current: Pick<DeployedFunction, "configuration" | "reservedConcurrency">): Promise<void> {
    const { packages } = this.deployed;
    // Reading and unpacking thousands of files takes seconds.
    if (isSame({ ...current, packages }, this.deployed)) return;
    const deployed = await readDeployed(this.props, this.deployed);
    if (isSame(deployed, this.deployed)) return;
    this.deployed = deployed;
    this.lastNotice = undefined;
    this.noticeFailure(await this.runtime.replace(deployed));
  }

  async warmUp(): Promise<void> {
    this.noticeFailure(await this.runtime.warmUp());
  }

  /** Whether this is the code, with the settings, of a version. */
  runs(version: FunctionConfiguration): boolean {
    return runAlike(version, this.deployed.configuration);
  }

  /** Resolves after the saves that are under way. */
  async upToDate(): Promise<void> {
    await this.watcher?.upToDate();
  }

  /** The absolute path of the source, if that is known. */
  get sourceFolder(): string | undefined {
    return this.props.source?.folder;
  }

  /** The folder of the source, relative to the project. */
  get source(): string {
    return this.deployed.source;
  }

  /** From now on, the saved source handles the next event. */
  watchSource(): void {
    const { source } = this.props;
    if (!source || this.watcher) return;
    this.watcher = new SourceWatcher({
      source,
      isCurrent: () => isSameCode(source, this.deployed),
      onSave: (cause, readFiles) => this.update(source, cause, readFiles),
    });
    void this.showPackages();
  }

  /** Handles an event. Throws InvokeError if Lambda would refuse it. */
  async invoke(
    event: string,
    requestId: string,
    traceId: string,
    onStart?: (invocation: InvocationRecord) => void,
    named?: NamedVersion,
  ): Promise<Outcome> {
    const handled = this.handle(event, requestId, traceId, onStart, named);
    this.underWay.add(handled);
    try {
      return await handled;
    } finally {
      this.underWay.delete(handled);
    }
  }

  /** Ends after the events that are under way. */
  async end(): Promise<void> {
    await this.watcher?.stop();
    while (this.underWay.size > 0) await Promise.allSettled(this.underWay);
    await this.stop();
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    await this.watcher?.stop();
    await this.runtime.stop();
  }

  private async handle(
    event: string,
    requestId: string,
    traceId: string,
    onStart?: (invocation: InvocationRecord) => void,
    named?: NamedVersion,
  ): Promise<Outcome> {
    await this.upToDate();
    let codeFolder: string | undefined;
    const begin = (invocation: InvocationRecord) => {
      codeFolder = invocation.code.folder;
      onStart?.(invocation);
    };
    const outcome = await this.runtime.invoke(event, requestId, traceId, begin, named);
    this.noticeFailure(outcome.loadFailure);
    if (!outcome.loadFailure && codeFolder === this.deployed.codeFolder) this.loadFailure = undefined;
    return outcome;
  }

  /** Returns whether the source is deployed. */
  private async update(source: CodeSource, cause: Cause, readFiles: () => FoundFiles): Promise<boolean> {
    const { lambda, functionName, onNotice } = this.props;
    const started = performance.now();
    try {
      const { entries, files } = readFiles();
      await updateFunctionCode(lambda, functionName, source, this.codeZip, files);
      for (const notice of (await this.props.goLive?.()) ?? []) onNotice(notice);
      const deployed = await readDeployed(this.props, this.deployed);
      this.deployed = deployed;
      await this.showPackages();
      this.lastNotice = undefined;
      // Does not await the load: a slow or broken version must not delay the next save.
      void this.runtime.replace(deployed).then((failure) => {
        if (this.deployed !== deployed) return;
        this.loadFailure = failure;
        if (failure) this.noticeFailure(failure);
        else onNotice(`${functionName} runs the saved code (${Math.round(performance.now() - started)} ms)`);
        this.warn(source, entries);
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
    const { source, python } = this.props;
    if (!packages || !source?.takesVenv) return;
    await showToEditors(python, source.folder, packages).catch(({ message }: Error) =>
      this.props.onNotice(`Editors do not find the function's packages: ${message}`),
    );
  }

  /** Gives each warning about the source once. */
  private warn(source: CodeSource, entries: readonly SourceEntry[]): void {
    for (const warning of source.warnings(entries)) {
      if (!this.warnings.has(warning)) this.props.onNotice(`Warning: ${warning}`);
      this.warnings.add(warning);
    }
  }

  private noticeFailure(failure: LoadFailure | undefined): void {
    if (!failure || this.isStopped) return;
    this.loadFailure = failure;
    const { error, location } = failure;
    const file = location && resolve(PROJECT_FOLDER, this.source, location);
    const place = file ? `${relative(process.cwd(), file)}: ` : "";
    const what = `${this.props.functionName} cannot be loaded: ${place}${describeError(error)}`;
    if (what === this.lastNotice) return;
    this.lastNotice = what;
    this.props.onNotice(`${what}. Each event fails until that is mended and saved.`);
  }
}

/** @param onMissing called in place of an error if the packages cannot be installed */
async function readDeployed(
  props: LiveFunctionProps,
  previous?: UnpackedCode,
  onMissing?: (error: Error) => void,
): Promise<Deployed> {
  const { lambda, functionName, folder, python, source, version } = props;
  const read = await readFunction(lambda, functionName, folder, previous, version);
  // An archive of one file leaves out what is beside the file.
  const installing = installRequirements(python, read.codeFolder, ...(source ? [source.folder] : []));
  return {
    ...read,
    packages: (await (onMissing ? installing.catch(onMissing) : installing)) ?? undefined,
    layers: await openLayers(lambda, read.configuration, folder),
    source: source ? relative(PROJECT_FOLDER, source.folder) : functionName,
  };
}

type Settings = Pick<DeployedFunction, "configuration" | "reservedConcurrency" | "packages">;

/** Whether neither the code nor a setting differs. */
function isSame(one: Settings, other: Settings): boolean {
  const [first, second] = [one, other].map(({ configuration, reservedConcurrency, packages }) => {
    const { LastModified: _, RevisionId: __, ...settings } = configuration;
    return JSON.stringify([settings, reservedConcurrency, packages]);
  });
  return first === second;
}
