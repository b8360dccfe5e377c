import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { interruptChildren, isRunning, run } from "@local/command-line/process/child-process";
import { beforeShutdown } from "@local/command-line/process/shutdown";
import type { TerraformMessage } from "@local/command-line/progress";
import { UserError } from "@local/command-line/user-error";
import { findTerraform } from "./find-terraform";
import { explainUnknownRuntime } from "./unknown-runtime";

/** Lets Terraform end and unlock the state at a first signal; a second kills it. Returns how to undo this. */
export function letTerraformFinish(): () => void {
  return beforeShutdown(async () => {
    const { path } = await findTerraform();
    if (!isRunning(path)) return;
    console.error("\nTerraform is finishing what it began. Press Ctrl-C again to kill it.");
    // Not the provider that Terraform uses to finish.
    await interruptChildren(path);
  });
}

/** The exit code of `terraform plan -detailed-exitcode` for changes. */
const PLAN_WITH_CHANGES = 2;

export interface StateResource {
  readonly address: string;
  readonly type: string;
  /** The resource's attributes. */
  // biome-ignore lint/suspicious/noExplicitAny: the provider's schema describes them
  readonly values: Readonly<Record<string, any>>;
}

/** A resource that a plan changes. */
export interface PlannedResource {
  readonly address: string;
  readonly type: string;
  /** Such as `create` or `replace`: https://developer.hashicorp.com/terraform/internals/machine-readable-ui */
  readonly action: string;
}

/** The parts of a stack's cdk.tf.json that commands read. */
export interface Configuration {
  /** The place of the state: one of the two. */
  readonly terraform: {
    readonly backend: { readonly s3: S3Backend; readonly local: { readonly path: string } };
    readonly required_providers?: object;
  };
  readonly provider: { readonly aws: readonly [AwsProviderConfiguration] };
  readonly resource: Readonly<Record<string, Readonly<Record<string, object>>>>;
  /** Absent without data sources. */
  readonly data?: Configuration["resource"];
}

export interface S3Backend {
  readonly bucket: string;
  readonly key: string;
  readonly region: string;
}

interface AwsProviderConfiguration {
  readonly region: string;
  /** The account of the settings, if they have one. */
  readonly allowed_account_ids?: readonly [string];
}

export interface State {
  /** As texts: other values in JSON, and "(sensitive)" for those that Terraform does not show. */
  readonly outputs: Readonly<Record<string, string>>;
  readonly resources: readonly StateResource[];
  readonly dataSources: readonly StateResource[];
}

/** A part of a state file of version 4: https://developer.hashicorp.com/terraform/language/state */
interface StateFile {
  readonly outputs: Readonly<Record<string, { readonly value: unknown; readonly sensitive?: boolean }>>;
  readonly resources: readonly {
    /** Such as `module.orders`; undefined for the root module. */
    readonly module?: string;
    readonly type: string;
    readonly name: string;
    readonly mode: "managed" | "data";
    readonly instances: readonly {
      readonly index_key?: string | number;
      readonly attributes?: StateResource["values"];
    }[];
  }[];
}

type Diagnostic = NonNullable<TerraformMessage["diagnostic"]>;

interface Warned {
  readonly warnings: readonly Diagnostic[];
}

/** Runs Terraform on a synthesized stack. Every method throws a UserError with Terraform's errors. */
export class Terraform {
  /** @param folder the stack's folder, with its cdk.tf.json */
  constructor(
    readonly folder: string,
    readonly environment: NodeJS.ProcessEnv,
  ) {}

  async init(...options: string[]): Promise<void> {
    // The settings may name another state bucket. The state must not move there.
    await this.run(["init", "-no-color", "-reconfigure", ...options]);
  }

  /** Initializes the stack, unless an apply has done so. */
  async initOnce(): Promise<void> {
    if (!existsSync(join(this.folder, ".terraform"))) await this.init();
  }

  /** Plans and applies without asking. */
  async apply(onMessage?: (message: TerraformMessage) => void): Promise<void> {
    // Another run may plan on the same emulator.
    await this.run(["apply", "-auto-approve", "-json", "-lock-timeout=60s"], onMessage);
  }

  async applyPlan(file: string, onMessage?: (message: TerraformMessage) => void, ...options: string[]): Promise<void> {
    await this.run(["apply", "-json", ...options, file], onMessage);
  }

  /** Saves a plan and returns its warnings and, if it has changes, the output of `terraform show -json`. */
  async planTo<T extends object>(file: string, ...options: string[]): Promise<Partial<T> & Warned> {
    const warnings: Diagnostic[] = [];
    const args = ["plan", "-json", "-detailed-exitcode", `-out=${file}`, ...options];
    const { exitCode } = await this.run(args, ({ diagnostic }) => {
      if (diagnostic?.severity === "warning") warnings.push(diagnostic);
    });
    // `show` takes half as long as `plan`.
    const plan: Partial<T> = exitCode === PLAN_WITH_CHANGES ? await this.showPlan(file) : {};
    return { ...plan, warnings };
  }

  /** The output of `terraform show -json` for a saved plan. */
  async showPlan<T extends object>(file: string): Promise<T> {
    return JSON.parse((await this.run(["show", "-json", file])).stdout);
  }

  /** Saves a plan, and returns its changes in short; undefined if it has none, not even of an output. */
  async planChanges(file: string, ...options: string[]): Promise<readonly PlannedResource[] | undefined> {
    const planned: PlannedResource[] = [];
    // An apply refuses a plan whose state has changed meanwhile.
    const args = ["plan", "-json", "-detailed-exitcode", "-lock=false", `-out=${file}`, ...options];
    const { exitCode } = await this.run(args, ({ type, change }) => {
      if (type !== "planned_change" || !change) return;
      planned.push({ address: change.resource.addr, type: change.resource.resource_type, action: change.action });
    });
    return exitCode === PLAN_WITH_CHANGES ? planned : undefined;
  }

  /** Whether neither the state nor AWS differs from the configuration. Plans without the state's lock. */
  async isUpToDate(): Promise<boolean> {
    return (await this.run(["plan", "-json", "-detailed-exitcode", "-lock=false"])).exitCode !== PLAN_WITH_CHANGES;
  }

  get region(): string {
    return this.configuration().provider.aws[0].region;
  }

  /** The only AWS account that the configuration allows; undefined if the settings name none. */
  get account(): string | undefined {
    return this.configuration().provider.aws[0].allowed_account_ids?.[0];
  }

  configuration(): Configuration {
    return JSON.parse(this.configurationText());
  }

  configurationText(): string {
    return readFileSync(this.configurationFile, "utf8");
  }

  /** The synthesized stack. */
  get configurationFile(): string {
    return join(this.folder, "cdk.tf.json");
  }

  /** The backend's state; undefined if there is none. Unlike `terraform show`, this starts no provider. */
  async state(): Promise<State | undefined> {
    const { stdout } = await this.run(["state", "pull"]);
    return stdout.trim() ? parseState(stdout) : undefined;
  }

  async run(
    args: string[],
    onMessage?: (message: TerraformMessage) => void,
  ): Promise<{ readonly exitCode: number; readonly stdout: string }> {
    const errors: string[] = [];
    const { path } = await findTerraform();
    const { exitCode, stdout, stderr } = await run(path, args, {
      cwd: this.folder,
      env: this.environment,
      onLine: (line) => {
        if (!line.startsWith('{"@level"')) return;
        const message: TerraformMessage = JSON.parse(line);
        const { severity, address, summary, detail } = message.diagnostic ?? {};
        const error = [address, summary, detail].filter(Boolean).join(": ");
        if (severity === "error") errors.push(explainUnknownRuntime(error, this.folder));
        onMessage?.(message);
      },
    });
    if (exitCode !== 0 && exitCode !== PLAN_WITH_CHANGES) {
      throw new UserError(`terraform ${args[0]}: ${errors.join("\n") || (stderr || stdout).trim()}`);
    }
    return { exitCode, stdout };
  }
}

export function parseState(text: string): State {
  const { outputs, resources } = JSON.parse(text) as StateFile;
  const ofMode = (wanted: "managed" | "data") =>
    resources
      .filter(({ mode }) => mode === wanted)
      .flatMap(({ module, type, name, instances }) =>
        instances.map(({ index_key, attributes = {} }) => {
          const index = index_key === undefined ? "" : `[${JSON.stringify(index_key)}]`;
          const address =
            [module, wanted === "data" ? "data" : undefined, type, name].filter(Boolean).join(".") + index;
          return { address, type, values: attributes };
        }),
      );
  return {
    outputs: Object.fromEntries(
      Object.entries(outputs).map(([name, { value, sensitive }]) => {
        if (sensitive) return [name, "(sensitive)"];
        return [name, typeof value === "string" ? value : JSON.stringify(value)];
      }),
    ),
    resources: ofMode("managed"),
    dataSources: ofMode("data"),
  };
}
