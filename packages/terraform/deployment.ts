import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "@local/command-line/process/child-process";
import type { TerraformMessage } from "@local/command-line/progress";
import { PROJECT_FOLDER } from "@local/command-line/project";
import { UserError } from "@local/command-line/user-error";
import type { Application } from "./application";
import type { Aws } from "./aws";
import { EMULATOR_ACCOUNT, emulatorEnvironment } from "./environment";
import { startArchiveProvider } from "./run/archive-provider";
import { ProviderKeeper } from "./run/kept-provider";
import type { TerraformProviders } from "./run/providers";
import type { StandIn } from "./run/stand-in";
import { parseState, type S3Backend, type State, Terraform } from "./run/terraform";

export interface DeploymentProps {
  readonly application: Application;
  /** The folder for the run's temporary files. */
  readonly folder: string;
  /**
   * The emulator's endpoint.
   * @default - AWS, with the user's credentials
   */
  readonly endpoint?: string;
  /**
   * The source of Terraform's providers.
   * @default - the deployment cannot run Terraform
   */
  readonly providers?: TerraformProviders;
  /**
   * The environment in cdktf.json.
   * @default - the value of `ENVIRONMENT`, else production
   */
  readonly environment?: string;
  /**
   * The folder for the synthesized application and for local state.
   * @default - in the run's folder, so that it never has the state of a real deployment
   */
  readonly outputFolder?: string;
}

/** Synthesizes the application and deploys it to an emulator or to AWS. */
export class Deployment {
  /** The environment variables for Terraform, the CDKTF CLI and AWS SDKs. */
  readonly environment: NodeJS.ProcessEnv;
  readonly outputFolder: string;
  private archiveProvider?: StandIn;
  private readonly keeper = new ProviderKeeper();

  constructor(private readonly props: DeploymentProps) {
    this.outputFolder = props.outputFolder ?? join(props.folder, "cdktf.out");
    this.environment = {
      ...(props.endpoint
        ? emulatorEnvironment(props.endpoint)
        : { ...process.env, TF_IN_AUTOMATION: "1", TF_INPUT: "0" }),
      ...props.providers?.environment,
      CDKTF_OUTDIR: this.outputFolder,
      // A killed provider leaves its socket there.
      TMPDIR: props.folder,
      ...(props.environment ? { ENVIRONMENT: props.environment } : {}),
    };
  }

  get application(): Application {
    return this.props.application;
  }

  stack(name: string): Terraform {
    return new Terraform(join(this.outputFolder, "stacks", this.stackId(name)), this.environment);
  }

  get system(): Terraform {
    return this.stack(this.application.system);
  }

  get stateBackend(): Terraform {
    return this.stack(this.application.stateBackend);
  }

  stackId(name: string): string {
    return this.application.stackId(name, this.environmentName);
  }

  /** The environment's name in cdktf.json. */
  get environmentName(): string {
    return this.environment.ENVIRONMENT || this.application.defaultEnvironment;
  }

  /**
   * Runs the application as the CDKTF CLI does. Returns its warnings. Throws a UserError with its errors, such as
   * mistakes in the settings.
   */
  async synthesize(): Promise<string> {
    const { exitCode, stdout, stderr } = await run("sh", ["-c", readAppCommand()], {
      cwd: PROJECT_FOLDER,
      env: { ...this.environment, BUILD_FOLDER: this.makeBuildFolder() },
    });
    if (exitCode !== 0) {
      // After a full disk, the compiler would take its unfinished files for whole.
      rmSync(this.buildFolder, { recursive: true });
      throw new UserError((stdout + stderr).trim().replace(/^Error: /, ""));
    }
    // Terraform has the Region in its configuration. AWS SDKs read it here, and boto3 from its own variable.
    Object.assign(this.environment, { AWS_REGION: this.region, AWS_DEFAULT_REGION: this.region });
    const { system, stateBackend, others } = this.application;
    for (const name of [stateBackend, system, ...others]) {
      const stack = this.stack(name);
      if (existsSync(stack.folder)) this.allowEmulator(stack);
    }
    await this.serveArchiveProvider(this.system.folder);
    return stderr.trim();
  }

  private get buildFolder(): string {
    return join(this.props.folder, "build");
  }

  /** Makes a folder for what is compiled. Another run may compile the same checkout at the same time. */
  private makeBuildFolder(): string {
    const { buildFolder } = this;
    if (!existsSync(buildFolder)) {
      mkdirSync(buildFolder);
      // Node.js looks for packages beside and above the files.
      symlinkSync(join(PROJECT_FOLDER, "node_modules"), join(buildFolder, "node_modules"));
    }
    return buildFolder;
  }

  /** Lets the provider use an emulator's account where the settings allow only another one. */
  allowEmulator(terraform: Terraform): void {
    const file = join(terraform.folder, "emulator_override.tf.json");
    // The folder may outlive the run, and the next run may be on AWS.
    rmSync(file, { force: true });
    if (!this.props.endpoint || !terraform.account) return;
    writeFileSync(file, JSON.stringify({ provider: { aws: { allowed_account_ids: [EMULATOR_ACCOUNT] } } }));
  }

  /** Runs the stand-in for hashicorp/archive if necessary, for Terraform in a folder. */
  async serveArchiveProvider(folder: string): Promise<void> {
    if (!this.props.providers?.needsArchiveStandIn || this.archiveProvider) return;
    this.archiveProvider = await startArchiveProvider(join(this.props.folder, "archive.sock"), folder);
    this.environment.TF_REATTACH_PROVIDERS = this.archiveProvider.reattachProviders;
  }

  /**
   * The system, with one AWS provider for all runs of Terraform from now on, which saves most of their time. Terraform must
   * be initialized.
   */
  async withKeptProvider(): Promise<Terraform> {
    const { folder } = this.system;
    return new Terraform(folder, await this.keeper.attach(folder, this.environment));
  }

  /** The buckets of the state backend's stack that the emulator lacks. The user's emulator may have some. */
  async missingBuckets(): Promise<string[]> {
    const { endpoint } = this.props;
    const { aws_s3_bucket: buckets = {} } = this.stateBackend.configuration().resource;
    const missing = Object.values(buckets).map(async ({ bucket }: { readonly bucket?: string }) => {
      const { status } = await fetch(`${endpoint}/${bucket}`, { method: "HEAD" }).catch(() => {
        throw new UserError(`The AWS emulator at ${endpoint} has ended; start it again, and then this command.`);
      });
      return status === 404 && bucket !== undefined ? [bucket] : [];
    });
    return (await Promise.all(missing)).flat();
  }

  async apply(terraform: Terraform, onMessage?: (message: TerraformMessage) => void): Promise<void> {
    await terraform.init();
    await terraform.apply(onMessage);
  }

  /** Connects to AWS or the emulator, by default in the system's Region. */
  async connect(region = this.region): Promise<Aws> {
    // The clients load slowly.
    const { connectAws }: typeof import("./aws") = require("./aws");
    return connectAws({ endpoint: this.props.endpoint, region });
  }

  get region(): string {
    return this.backend().region;
  }

  /** The system's state; undefined if there is none. Unlike Terraform's `state pull`, this takes no process. */
  async systemState(): Promise<State | undefined> {
    const text = await this.systemStateText();
    return text ? parseState(text) : undefined;
  }

  /** The file with the system's state; empty if there is none. */
  async systemStateText(): Promise<string> {
    const { GetObjectCommand, NoSuchKey }: typeof import("@aws-sdk/client-s3") = require("@aws-sdk/client-s3");
    const { s3 } = await this.connect();
    const { bucket: Bucket, key: Key } = this.backend();
    const read = s3.send(new GetObjectCommand({ Bucket, Key })).catch((error: unknown) => {
      if (error instanceof NoSuchKey) return { Body: undefined };
      throw error;
    });
    return (await (await read).Body?.transformToString()) ?? "";
  }

  backend(): S3Backend {
    return this.system.configuration().terraform.backend.s3;
  }

  /** The file with the state of the state bucket. */
  get localStateFile(): string {
    const { stateBackend } = this;
    return join(stateBackend.folder, stateBackend.configuration().terraform.backend.local.path);
  }

  stop(): void {
    this.archiveProvider?.stop();
    this.keeper.stop();
  }
}

function readAppCommand(): string {
  try {
    return JSON.parse(readFileSync(join(PROJECT_FOLDER, "cdktf.json"), "utf8")).app;
  } catch (error) {
    throw new UserError(`cdktf.json: ${(error as Error).message}`);
  }
}
