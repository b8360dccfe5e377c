import type { TerraformStack } from "cdktf";

// biome-ignore lint/suspicious/noExplicitAny: Terraform JSON has no type of ours
type Block = any;

/** A resource of a synthesized stack. */
export interface SynthesizedResource {
  /** Its Terraform type; `data.` and the type of a data source. */
  readonly type: string;
  /** Its arguments. A reference to a name or an id is replaced with that value where the synthesis knows it. */
  readonly values: Block;
}

/** Reads the resources and the data sources of a stack, for an account. */
export function synthesizedResources(stack: TerraformStack, account: string): SynthesizedResource[] {
  const { resource = {}, data = {} } = stack.toTerraform();
  const kinds: [prefix: string, byType: Record<string, Record<string, Block>>][] = [
    ["", resource],
    ["data.", data],
  ];
  return kinds.flatMap(([prefix, byType]) =>
    Object.entries(byType).flatMap(([type, byId]) =>
      Object.values(byId).map((values) => ({
        type: `${prefix}${type}`,
        values: withNames(values, { resource, data }, account),
      })),
    ),
  );
}

/** The attributes that are the same as an argument. */
const ARGUMENTS: Readonly<Record<string, Readonly<Record<string, string>>>> = { aws_s3_bucket: { id: "bucket" } };

function withNames(value: Block, all: { resource: Block; data: Block }, account: string): Block {
  if (Array.isArray(value)) return value.map((each) => withNames(each, all, account));
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withNames(each, all, account)]));
  }
  if (typeof value !== "string") return value;
  return value
    .replace(/\$\{data\.aws_caller_identity\.[\w-]+\.account_id\}/g, account)
    .replace(/\$\{(aws_\w+)\.([\w-]+)\.(\w+)\}/g, (reference, type, id, attribute) => {
      const known = all.resource[type]?.[id]?.[ARGUMENTS[type]?.[attribute] ?? attribute];
      return typeof known === "string" ? withNames(known, all, account) : reference;
    });
}

/** The services that a synthesized role lets assume it. */
export function trustedServices(stack: TerraformStack): string[] {
  const { resource = {}, data = {} } = stack.toTerraform();
  const roles = Object.values<Block>(resource.aws_iam_role ?? {});
  const documents = roles.map((role) => /aws_iam_policy_document\.([\w-]+)\.json/.exec(role.assume_role_policy)?.[1]);
  const statements = documents.flatMap((id) => data.aws_iam_policy_document?.[id ?? ""]?.statement ?? []);
  const principals: Block[] = statements.flatMap(({ principals = [] }: Block) => principals);
  return [...new Set(principals.flatMap(({ type, identifiers }) => (type === "Service" ? identifiers : [])))].sort();
}
