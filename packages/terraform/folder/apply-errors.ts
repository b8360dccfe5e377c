import type { TerraformMessage } from "@local/command-line/progress";
import { UserError } from "@local/command-line/user-error";

/** An argument or a block of a resource that the AWS provider does not know. */
export interface UnknownStatement {
  readonly name: string;
  /** Such as `resource "aws_lambda_function" "orders"`. */
  readonly context: string;
  /** By its path from the folder of Terraform's run. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

/** The text of an error about a data source that finds no resource. */
const NOT_FOUND = /couldn't find resource|not ?found|no matching|no results|does not exist|empty result|NonExistent/i;

/** The errors of an apply, and the resources that are missing because of them. */
export class ApplyErrors {
  readonly texts: string[] = [];
  readonly unknown: UnknownStatement[] = [];
  private readonly planned = new Set<string>();
  /** Why the emulator cannot have a resource, by its address. */
  private readonly reasons = new Map<string, string>();
  /** A data source that finds no resource: its address and Terraform's error. */
  private emptySource: readonly [address: string, text: string] | undefined;
  private hasMade = false;

  take({ type, change, hook, diagnostic }: TerraformMessage): void {
    if (type === "planned_change" && change?.action === "create") this.planned.add(change.resource.addr);
    if (type === "apply_complete" && hook && hook.action !== "read") {
      this.hasMade = true;
      this.planned.delete(hook.resource.addr);
    }
    if (diagnostic?.severity !== "error") return;
    const { address = "", summary, detail, range, snippet } = diagnostic;
    const text = `${summary}: ${detail}`;
    this.texts.push(text);
    if (/^(module\..*\.)?data\.aws_/.test(address) && NOT_FOUND.test(text)) this.emptySource ??= [address, text];
    const [, name] = /^(?:An argument named|Blocks of type) "([^"]+)"(?: is| are) not expected here/.exec(detail) ?? [];
    const context = snippet?.context ?? "";
    if (name && range && /^(resource|data) "aws_/.test(context)) {
      this.unknown.push({ name, context, file: range.filename, line: range.start.line });
    }
    const [, reason] = /The (emulator (?:lacks [^.]+|failed: .+))/.exec(text.replace(/\s+/g, " ")) ?? [];
    if (reason && this.planned.delete(address)) this.reasons.set(address, reason.replace(/[.: ]+$/, ""));
  }

  /**
   * Returns a line for each resource that the emulator cannot have, and one for those that need them; undefined unless
   * Terraform has made the others.
   */
  describeMissing(): string[] | undefined {
    if (!this.hasMade || this.texts.length === 0 || this.reasons.size < this.texts.length) return undefined;
    const lines = [...this.reasons].map(([address, reason]) => `${address} is missing: the ${reason}.`);
    const dependents = [...this.planned].sort().join(", ");
    return dependents ? [...lines, `Resources that need a missing one are missing, too: ${dependents}.`] : lines;
  }

  /** Explains variables without a value, and data sources that find no resource. Returns undefined for other errors. */
  explain(): UserError | undefined {
    return this.explainVariables() ?? this.explainSource();
  }

  private explainVariables(): UserError | undefined {
    const missing = this.texts.flatMap((error) => {
      const [, name] =
        /^No value for required variable.*root module input variable "([^"]+)" is not set/s.exec(error) ?? [];
      return name ?? [];
    });
    if (missing.length === 0) return undefined;
    const names = [...new Set(missing)].sort();
    const options = names.map((name) => `--var ${name}=<value>`).join(" ");
    return new UserError(
      `${names.length > 1 ? "Variables have" : "A variable has"} no value: ${names.join(", ")}. Add ${options}, or --var-file <file>.`,
    );
  }

  private explainSource(): UserError | undefined {
    if (!this.emptySource) return undefined;
    const [address, text] = this.emptySource;
    return new UserError(
      `${address} reads a resource that the emulator does not have: ${text.replace(/[\s.:]+$/, "")}. Start npm run emulator, create it there, and start again with the AWS_ENDPOINT_URL that it prints.`,
    );
  }
}
