import { containsTrue, isContainer } from "../json-value";
import type { Unknown } from "./compare";
import { policyDocument } from "./policy-document";
import { isOnly, type ResourceChange, type TerraformPlan } from "./terraform-plan";

/** Such as `data.aws_iam_policy_document.write.json` or `aws_kms_key.key[0].arn`. */
const REFERENCE = /^(?<address>(?:data\.)?[\w-]+\.[\w-]+)(?:\[[^\]]*\])?(?:\.(?<attribute>[\w-]+))?/;

type Path = readonly (string | number)[];

/** Explains, by the configuration's references, why values of a plan are unknown. */
export class UnknownValues {
  private readonly changes = new Map<string, ResourceChange[]>();

  constructor(private readonly plan: TerraformPlan) {
    for (const change of plan.resource_changes ?? []) {
      const address = withoutKey(change.address);
      this.changes.set(address, [...(this.changes.get(address) ?? []), change]);
    }
  }

  ofResource(address: string, path: Path): Unknown {
    return this.explain(expressionAt(this.resource(address)?.expressions, path));
  }

  ofOutput(name: string): Unknown {
    return this.explain(this.plan.configuration?.root_module?.outputs?.[name]?.expression);
  }

  private explain(expression: unknown): Unknown {
    return { because: [...new Set(this.causes(expression))], document: this.document(expression) };
  }

  private resource(address: string) {
    return this.plan.configuration?.root_module?.resources?.find((each) => each.address === withoutKey(address));
  }

  /** The addresses of the changed resources that leave an expression unknown. */
  private causes(expression: unknown): string[] {
    const references = referencesIn(expression);
    // Terraform lists `aws_kms_key.key` beside `aws_kms_key.key.arn`.
    const whole = references.filter((each) => !references.some((other) => other.startsWith(`${each}.`)));
    return whole.flatMap((reference) => {
      const { address = "", attribute } = REFERENCE.exec(reference)?.groups ?? {};
      return (this.changes.get(address) ?? []).flatMap(({ mode, change }) => {
        if (mode === "data") return change.actions.includes("read") ? this.causesOfRead(address) : [];
        const isUnknown = attribute
          ? containsTrue(Object(change.after_unknown)[attribute])
          : containsTrue(change.after_unknown);
        return isUnknown ? [address] : [];
      });
    });
  }

  /** Terraform reads a data source during the apply if an argument is unknown, or if a resource in its arguments changes. */
  private causesOfRead(address: string): string[] {
    const { expressions, depends_on = [] } = this.resource(address) ?? {};
    const isChanged = ({ mode, change }: ResourceChange) => mode === "managed" && !isOnly(change, "no-op");
    const referenced = referencesIn(expressions).map((each) => REFERENCE.exec(each)?.groups?.address ?? "");
    const pending = [...depends_on, ...referenced].filter((address) => this.changes.get(address)?.some(isChanged));
    return [...pending, ...this.causes(expressions)];
  }

  /** The policy document, if an expression is only a reference to one. */
  private document(expression: unknown): Unknown["document"] {
    const [reference = "", address = "", ...others] = referencesIn(expression);
    const text = isContainer(expression) ? expression.constant_value : undefined;
    const isAll = others.length === 0 && (typeof text !== "string" || text === `\${${reference}}`);
    const [change, ...instances] = this.changes.get(address) ?? [];
    if (!isAll || change?.type !== "aws_iam_policy_document" || instances.length > 0) return undefined;
    const { after, after_unknown, after_sensitive } = change.change;
    const isJson = reference === `${address}.json` || reference === `${address}.minified_json`;
    return isJson && !containsTrue(after_sensitive) ? policyDocument(after, after_unknown) : undefined;
  }
}

/** `aws_sqs_queue.queue` of `aws_sqs_queue.queue["a"]`. */
function withoutKey(address: string): string {
  return address.replace(/\[(?:\d+|"(?:[^"\\]|\\.)*")\]$/, "");
}

/** The expression of a value, or of the nearest value around it that has one. */
function expressionAt(expressions: unknown, [attribute = "", ...path]: Path): unknown {
  let expression = isContainer(expressions) ? expressions[attribute] : undefined;
  for (const step of path) {
    const inner = isContainer(expression) ? expression[step] : undefined;
    if (inner === undefined) break;
    expression = inner;
  }
  return expression;
}

/** The references of an expression, or of all expressions of a block. */
export function referencesIn(expression: unknown): string[] {
  if (!isContainer(expression)) return [];
  if (Array.isArray(expression.references)) return expression.references;
  return Object.entries(expression).flatMap(([key, inner]) => (key === "constant_value" ? [] : referencesIn(inner)));
}
