import { readFileSync } from "node:fs";
import { join } from "node:path";
import { interruptChildren, run } from "../cli/child-process";
import { beforeShutdown } from "../cli/shutdown";
import { UserError } from "../cli/user-error";

interface Diagnostic {
  readonly severity: "error" | "warning";
  readonly summary: string;
  readonly detail: string;
  readonly address?: string;
}

/** A line of Terraform's machine-readable output: https://developer.hashicorp.com/terraform/internals/machine-readable-ui */
export interface TerraformMessage {
  readonly type: string;
  readonly "@message": string;
  readonly diagnostic?: Diagnostic;
  readonly hook?: {
    readonly resource: { readonly addr: string };
    readonly action: string;
    readonly elapsed_seconds?: number;
  };
  readonly change?: {
    readonly resource: { readonly addr: string; readonly resource_type: string };
    readonly action: string;
  };
  readonly changes?: {
    readonly add: number;
    readonly change: number;
    readonly remove: number;
    readonly operation: string;
  };
}

/** What a plan would do to one resource. */
export interface ResourceChange {
  readonly address: string;
  readonly type: string;
  /** Such as `update`. */
  readonly action: string;
}

/**
 * The version of Terraform on the PATH.
 *
 * @throws UserError where there is none
 */
export async function terraformVersion(): Promise<string> {
  const { stdout } = await run("terraform", ["version", "-json"]);
  return (JSON.parse(stdout) as { terraform_version: string }).terraform_version;
}

/**
 * From now on a first signal lets Terraform end by itself, so that no state is left locked; a second ends it.
 *
 * @returns takes it back
 */
export function letTerraformFinish(): () => void {
  return beforeShutdown(async () => {
    console.error("\nTerraform finishes what it began; once more Ctrl-C kills it.");
    await interruptChildren();
  });
}

/** What `terraform plan -detailed-exitcode` ends with for changes; other commands never do. */
const PLAN_WITH_CHANGES = 2;

/** A resource as the state has it. */
export interface StateResource {
  readonly address: string;
  readonly type: string;
  readonly values: {
    readonly arn?: string;
    readonly name?: string;
    readonly tags_all?: Record<string, string>;
    readonly alarm_name?: string;
    readonly assume_role_policy?: string;
    readonly policy?: string;
  };
}

/** Runs Terraform on one synthesized stack. Every method fails with what Terraform says is wrong. */
export class Terraform {
  /**
   * @param folder the stack's folder, which holds its cdk.tf.json
   * @param environment the environment variables that Terraform runs with
   */
  constructor(
    readonly folder: string,
    readonly environment: NodeJS.ProcessEnv,
  ) {}

  async init(...options: string[]): Promise<void> {
    await this.run(["init", "-no-color", ...options]);
  }

  /** Plans and applies without asking. */
  async apply(onMessage: (message: TerraformMessage) => void = () => {}): Promise<void> {
    await this.run(["apply", "-auto-approve", "-json"], onMessage);
  }

  /** Applies a saved plan. */
  async applyPlan(file: string, onMessage?: (message: TerraformMessage) => void, ...options: string[]): Promise<void> {
    await this.run(["apply", "-json", ...options, file], onMessage);
  }

  /** Plans into a file, and returns the plan as `terraform show -json` tells it; nothing where nothing changes. */
  async planTo<T>(file: string, ...options: string[]): Promise<Partial<T>> {
    const { exitCode } = await this.run(["plan", "-json", "-detailed-exitcode", `-out=${file}`, ...options]);
    // Showing takes half as long as planning.
    if (exitCode !== PLAN_WITH_CHANGES) return {};
    return JSON.parse((await this.run(["show", "-json", file])).stdout) as T;
  }

  /** Plans, and returns what the plan would do. */
  async plan(...options: string[]): Promise<ResourceChange[]> {
    const changes: ResourceChange[] = [];
    await this.run(["plan", "-json", "-detailed-exitcode", ...options], ({ type, change }) => {
      // A drift is told in the same way.
      if (type === "planned_change" && change)
        changes.push({ address: change.resource.addr, type: change.resource.resource_type, action: change.action });
    });
    return changes;
  }

  /** The synthesized configuration. */
  configuration(): { readonly resource: Readonly<Record<string, Readonly<Record<string, object>>>> } {
    return JSON.parse(readFileSync(join(this.folder, "cdk.tf.json"), "utf8"));
  }

  /** The stack's outputs, by name. */
  async outputs(): Promise<Record<string, string>> {
    const { stdout } = await this.run(["output", "-json"]);
    return outputValues(JSON.parse(stdout) as TerraformOutputs);
  }

  /** The stack's state: its outputs by name, and its resources without data sources. */
  async state(): Promise<{ readonly outputs: Record<string, string>; readonly resources: StateResource[] }> {
    const { stdout } = await this.run(["show", "-json"]);
    const { values } = JSON.parse(stdout) as {
      values?: { outputs?: TerraformOutputs; root_module: { resources?: (StateResource & { mode: string })[] } };
    };
    return {
      outputs: outputValues(values?.outputs ?? {}),
      resources: (values?.root_module.resources ?? []).filter(({ mode }) => mode === "managed"),
    };
  }

  /** The resources in the stack's state, without data sources. */
  async resources(): Promise<StateResource[]> {
    return (await this.state()).resources;
  }

  /** Runs any Terraform command in the stack's folder. */
  async run(
    args: string[],
    onMessage?: (message: TerraformMessage) => void,
  ): Promise<{ readonly exitCode: number; readonly stdout: string }> {
    const errors: string[] = [];
    const { exitCode, stdout, stderr } = await run("terraform", args, {
      cwd: this.folder,
      env: this.environment,
      onLine: (line) => {
        const message = parseMessage(line);
        if (!message) return;
        if (message.diagnostic?.severity === "error") errors.push(describe(message.diagnostic));
        onMessage?.(message);
      },
    });
    if (exitCode !== 0 && exitCode !== PLAN_WITH_CHANGES) {
      throw new UserError(`terraform ${args[0]}: ${errors.join("\n") || (stderr || stdout).trim()}`);
    }
    return { exitCode, stdout };
  }
}

type TerraformOutputs = Readonly<Record<string, { readonly value: string }>>;

function outputValues(outputs: TerraformOutputs): Record<string, string> {
  return Object.fromEntries(Object.entries(outputs).map(([name, { value }]) => [name, value]));
}

function parseMessage(line: string): TerraformMessage | undefined {
  if (!line.startsWith('{"@level"')) return undefined;
  return JSON.parse(line) as TerraformMessage;
}

function describe({ summary, detail, address }: Diagnostic): string {
  return [address, summary, detail].filter(Boolean).join(": ");
}
