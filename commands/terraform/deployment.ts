import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DEFAULT_ENVIRONMENT, physicalName } from "../../settings";
import { run } from "../cli/child-process";
import { PROJECT_FOLDER } from "../cli/project";
import { UserError } from "../cli/user-error";
import { emulatorEnvironment } from "../emulator/emulator";
import { type ArchiveProvider, startArchiveProvider } from "./archive-provider";
import type { Aws } from "./aws";
import type { TerraformProviders } from "./providers";
import { Terraform, type TerraformMessage } from "./terraform";

export const STACKS = ["state-backend", "serverless-infrastructure"] as const;
export type StackName = (typeof STACKS)[number];

export interface DeploymentProps {
  /** The run's folder, which holds what the run leaves behind. */
  readonly folder: string;
  /**
   * The emulator's endpoint.
   * @default - AWS itself, with the credentials of whoever runs this
   */
  readonly endpoint?: string;
  readonly providers: TerraformProviders;
  /**
   * The environment of cdktf.json to deploy.
   * @default - the one that `ENVIRONMENT` names, else production
   */
  readonly environment?: string;
  /**
   * Where the application is synthesized, and its state kept where that is local.
   * @default - in the run's folder, so that it can never be that of a real deployment
   */
  readonly outputFolder?: string;
}

/** The application, synthesized and deployed, to an emulator or to AWS. */
export class Deployment {
  /** What Terraform, the CDKTF CLI and AWS SDKs must run with to reach it. */
  readonly environment: NodeJS.ProcessEnv;
  readonly outputFolder: string;
  private archiveProvider?: ArchiveProvider;

  constructor(private readonly props: DeploymentProps) {
    this.outputFolder = props.outputFolder ?? join(props.folder, "cdktf.out");
    this.environment = {
      ...(props.endpoint
        ? emulatorEnvironment(props.endpoint)
        : { ...process.env, TF_IN_AUTOMATION: "1", TF_INPUT: "0" }),
      ...props.providers.environment,
      CDKTF_OUTDIR: this.outputFolder,
      // A provider that is killed leaves its socket behind.
      TMPDIR: props.folder,
      ...(props.environment ? { ENVIRONMENT: props.environment } : {}),
    };
  }

  /** Terraform in a stack's folder. */
  stack(name: StackName): Terraform {
    return new Terraform(join(this.outputFolder, "stacks", this.stackId(name)), this.environment);
  }

  /** A stack's name for the CDKTF CLI. */
  stackId(name: StackName): string {
    return physicalName(name, this.environment.ENVIRONMENT || DEFAULT_ENVIRONMENT);
  }

  /**
   * Runs the application as the CDKTF CLI would.
   *
   * @returns what it warns of
   * @throws UserError with what the application says, such as the mistakes in the settings
   */
  async synthesize(): Promise<string> {
    const { exitCode, stdout, stderr } = await run("sh", ["-c", readAppCommand()], {
      cwd: PROJECT_FOLDER,
      env: this.environment,
    });
    if (exitCode !== 0) throw new UserError((stdout + stderr).trim().replace(/^Error: /, ""));
    // Terraform takes the Region from the configuration; AWS SDKs and the AWS CLI need to be told, boto3 its own way.
    Object.assign(this.environment, { AWS_REGION: this.region, AWS_DEFAULT_REGION: this.region });
    await this.serveArchiveProvider(this.stack("serverless-infrastructure").folder);
    return stderr.trim();
  }

  /** Runs the stand-in for hashicorp/archive, where that is needed, for Terraform in a folder. */
  async serveArchiveProvider(folder: string): Promise<void> {
    if (!this.props.providers.needsArchiveStandIn || this.archiveProvider) return;
    this.archiveProvider = await startArchiveProvider(join(this.props.folder, "archive.sock"), folder);
    this.environment.TF_REATTACH_PROVIDERS = this.archiveProvider.reattachProviders;
  }

  /** Whether the bucket for the state is there already, as on an emulator that somebody else started. */
  async hasStateBucket(): Promise<boolean> {
    const { bucket } = this.backend();
    const { status } = await fetch(`${this.props.endpoint}/${bucket}`, { method: "HEAD" });
    return status !== 404;
  }

  /** Initializes and applies one stack. */
  async apply(name: StackName, onMessage?: (message: TerraformMessage) => void): Promise<void> {
    const terraform = this.stack(name);
    await terraform.init();
    await terraform.apply(onMessage);
  }

  /** Connects AWS's clients to where it is deployed. They take a while to load. */
  async connect(): Promise<Aws> {
    const { connectAws } = await import("./aws");
    return connectAws({ endpoint: this.props.endpoint, region: this.region });
  }

  /** The Region of the synthesized system. */
  get region(): string {
    return this.backend().region;
  }

  /** Where the synthesized system keeps its state. */
  backend(): { bucket: string; region: string } {
    const file = join(this.stack("serverless-infrastructure").folder, "cdk.tf.json");
    return JSON.parse(readFileSync(file, "utf8")).terraform.backend.s3;
  }

  /** Stops what this process runs for the deployment; the emulator is not its own. */
  stop(): void {
    this.archiveProvider?.stop();
  }
}

/** The command in cdktf.json that synthesizes. */
function readAppCommand(): string {
  try {
    return JSON.parse(readFileSync(join(PROJECT_FOLDER, "cdktf.json"), "utf8")).app;
  } catch (error) {
    throw new UserError(`cdktf.json: ${(error as Error).message}`);
  }
}
