import { existsSync, openSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { killChild, startChild } from "@local/command-line/process/child-process";

/** The AWS provider's address, which names it in `TF_REATTACH_PROVIDERS`. */
export const AWS_PROVIDER = "registry.terraform.io/hashicorp/aws";

export interface KeptProviderProps {
  /** The provider's program, as `findAwsProvider` returns it. */
  readonly program: string;
  /** The stack's folder: relative paths start where the provider runs. */
  readonly folder: string;
  /** The provider reads endpoint and credentials once, when it starts. */
  readonly environment: NodeJS.ProcessEnv;
  /**
   * A file for the provider's log.
   * @default - there is no log
   */
  readonly log?: string;
}

/** A provider that serves one run of Terraform after another. By itself, Terraform starts one four times for each apply. */
export interface KeptProvider {
  readonly program: string;
  /** The provider's entry in `TF_REATTACH_PROVIDERS`. */
  readonly reattach: { readonly Addr: { readonly String: string } };
  readonly hasEnded: boolean;
  stop(): void;
}

/** The provider's input ends with this process, even if SIGKILL ends it. The provider itself would not notice. */
const ENDS_WITH_INPUT = 'exec 3<&0; (cat <&3; kill $$) > /dev/null 2>&1 & exec "$0" -debug 3<&-';

/** Starts the AWS provider, which ends with this process. Throws an Error with its output if it does not start. */
export async function keepAwsProvider(props: KeptProviderProps): Promise<KeptProvider> {
  const { program, folder, environment, log } = props;
  const child = startChild("sh", ["-c", ENDS_WITH_INPUT, program], {
    cwd: folder,
    env: environment,
    stdio: ["pipe", "pipe", log ? openSync(log, "w") : "ignore"],
  });
  let output = "";
  const reattach = await new Promise<KeptProvider["reattach"]>((done, fail) => {
    child.once("close", () => fail(new Error(`The AWS provider does not start: ${output}`)));
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      const [, json] = /TF_REATTACH_PROVIDERS='(.+)'/.exec(output) ?? [];
      if (json) done(JSON.parse(json)[AWS_PROVIDER]);
    });
  });
  return {
    program,
    reattach,
    get hasEnded() {
      return child.exitCode !== null || child.signalCode !== null;
    },
    stop: () => killChild(child),
  };
}

/** Keeps an AWS provider for the runs of Terraform in one folder. */
export class ProviderKeeper {
  private kept: KeptProvider | undefined;

  /**
   * Returns the environment with which Terraform uses the kept provider. Without a provider in the folder, it is as it was.
   * Terraform must be initialized.
   */
  async attach(folder: string, environment: NodeJS.ProcessEnv): Promise<NodeJS.ProcessEnv> {
    const program = findAwsProvider(folder);
    if (!program) return environment;
    // A save may upgrade it, and the system may have ended it, such as for lack of memory.
    if (this.kept?.program !== program || this.kept.hasEnded) {
      this.kept?.stop();
      this.kept = await keepAwsProvider({ program, folder, environment });
    }
    const others = JSON.parse(environment.TF_REATTACH_PROVIDERS || "{}");
    const all = { ...others, [AWS_PROVIDER]: this.kept.reattach };
    return { ...environment, TF_REATTACH_PROVIDERS: JSON.stringify(all) };
  }

  stop(): void {
    this.kept?.stop();
  }
}

/** The AWS provider that `terraform init` has chosen for a stack; undefined if it has installed none. */
export function findAwsProvider(stackFolder: string): string | undefined {
  const lockFile = join(stackFolder, ".terraform.lock.hcl");
  const lock = existsSync(lockFile) ? readFileSync(lockFile, "utf8") : "";
  const [, version] = new RegExp(`provider "${AWS_PROVIDER}" \\{\\s*version\\s*=\\s*"([^"]+)"`).exec(lock) ?? [];
  if (!version) return undefined;
  // Versions from before an upgrade stay beside it.
  const platforms = join(stackFolder, ".terraform", "providers", AWS_PROVIDER, version);
  // The folder of the platform may be a link.
  const folder = existsSync(platforms) && join(platforms, readdirSync(platforms)[0] ?? "");
  if (!folder) return undefined;
  const program = existsSync(folder) && readdirSync(folder).find((name) => name.startsWith("terraform-provider-aws"));
  return program ? join(folder, program) : undefined;
}
