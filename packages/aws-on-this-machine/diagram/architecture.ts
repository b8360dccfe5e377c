import { UserError } from "@local/command-line/user-error";
import {
  type Category,
  type EdgeKind,
  type End,
  ITSELF,
  LINKS,
  OUTSIDE,
  PLUMBING,
  SHOWN,
  type Shown,
} from "./resource-types";

type ResourcesByType = Readonly<Record<string, Readonly<Record<string, object>>>>;

/** The parts of Terraform's JSON configuration from which the architecture is read. */
export interface Configuration {
  readonly resource?: ResourcesByType;
  readonly data?: ResourcesByType;
  readonly locals?: Readonly<Record<string, unknown>>;
}

/** One resource, or several of one group. */
export interface ArchitectureNode {
  /** The resource's Terraform address; the name of a group. */
  readonly id: string;
  /** The Terraform types of the resources that it stands for. */
  readonly types: readonly string[];
  readonly category: Category;
  /** Such as `Lambda function`. */
  readonly service: string;
  /** The name on AWS. `…` stands for a part that only a deployment knows. */
  readonly name?: string;
  readonly detail?: string;
}

export interface ArchitectureEdge {
  /** Ids of nodes. */
  readonly from: string;
  readonly to: string;
  readonly label: string;
  readonly kind?: EdgeKind;
}

export interface Architecture {
  readonly nodes: readonly ArchitectureNode[];
  readonly edges: readonly ArchitectureEdge[];
}

interface Resource {
  readonly type: string;
  readonly attributes: object;
  readonly address: string;
}

const CLIENT: ArchitectureNode = { id: "client", types: [], category: "client", service: "Client" };

/**
 * Reads the architecture of a synthesized stack: its nodes are resources, its edges are references between them.
 *
 * @throws UserError for a resource type that is not listed in resource-types.ts
 */
export function readArchitecture({ resource = {}, data = {}, locals = {} }: Configuration): Architecture {
  requireKnownTypes([...Object.keys(resource), ...Object.keys(data).map((type) => `data.${type}`)]);
  const resources = Object.entries(withFunctions(withLocals(resource, locals))).flatMap(([type, byName]) =>
    Object.entries(byName).map(([name, attributes]) => ({ type, attributes, address: `${type}.${name}` })),
  );
  const shown = resources.filter(({ type }) => SHOWN[type]);
  const ids = new Set(shown.map(({ address }) => nodeId(address)));
  const edges = resources
    .flatMap(edgesOf)
    .filter(({ from, to }) => (ids.has(from) || from === CLIENT.id) && ids.has(to));
  const nodes = [...ids].map((id) => nodeOf(shown.filter(({ address }) => nodeId(address) === id)));
  return {
    nodes: edges.some(({ from }) => from === CLIENT.id) ? [...nodes, CLIENT] : nodes,
    // Several alarms watch the same resource.
    edges: [...new Map(edges.map((edge) => [JSON.stringify(edge), edge])).values()],
  };
}

/** Replaces references to local values with these values. */
function withLocals(resource: ResourcesByType, locals: Readonly<Record<string, unknown>>): ResourcesByType {
  return JSON.parse(JSON.stringify(resource), (_key, value) => {
    const [, name = ""] = (typeof value === "string" && /\blocal\.([\w-]+)/.exec(value)) || [];
    return locals[name] ?? value;
  });
}

/** Replaces references to an alias with references to its function. */
function withFunctions(resource: ResourcesByType): ResourcesByType {
  const aliases = (resource.aws_lambda_alias ?? {}) as Record<string, { readonly function_name?: string }>;
  return JSON.parse(JSON.stringify(resource), (_key, value) => {
    const [, name = ""] = (typeof value === "string" && /\$\{aws_lambda_alias\.([\w-]+)\.\w+\}/.exec(value)) || [];
    return aliases[name]?.function_name ?? value;
  });
}

function requireKnownTypes(types: readonly string[]): void {
  const unknown = types.filter((type) => !Object.hasOwn(SHOWN, type) && !PLUMBING.has(type));
  if (unknown.length > 0) {
    throw new UserError(
      `The architecture diagram does not know ${unknown.join(", ")}: add it to SHOWN or PLUMBING in packages/aws-on-this-machine/diagram/resource-types.ts`,
    );
  }
}

function nodeId(address: string): string {
  const [type = ""] = address.split(".");
  return SHOWN[type]?.group ?? address;
}

function nodeOf(members: readonly Resource[]): ArchitectureNode {
  const [{ type, address, attributes }] = members as [Resource];
  const { category, service, group, name = "name", detail } = SHOWN[type] as Shown;
  const id = nodeId(address);
  const types = [...new Set(members.map((member) => member.type))];
  if (group) {
    return { id, types, category, service: group, detail: types.map((each) => count(each, members)).join(", ") };
  }
  return { id, types, category, service, name: textAt(attributes, name), detail: detail && textAt(attributes, detail) };
}

/** Such as `6 alarms`. */
function count(type: string, resources: readonly Resource[]): string {
  const { length } = resources.filter((resource) => resource.type === type);
  return `${length} ${SHOWN[type]?.service}${length === 1 ? "" : "s"}`;
}

/** Returns the edges of a resource, which may have no node of its own. */
function edgesOf(resource: Resource): ArchitectureEdge[] {
  return (LINKS[resource.type] ?? []).flatMap(({ from, to, ...rest }) =>
    endsAt(from, resource).flatMap((start) => endsAt(to, resource).map((end) => ({ from: start, to: end, ...rest }))),
  );
}

function endsAt(end: End, { address, attributes }: Resource): string[] {
  if (end === OUTSIDE) return [CLIENT.id];
  return end === ITSELF ? [nodeId(address)] : valuesAt(attributes, end).flatMap(references).map(nodeId);
}

/** Returns the values at a path of attribute names. A block may be one object or a list of objects. */
function valuesAt(attributes: object, path: string): unknown[] {
  return path
    .split(".")
    .reduce<unknown[]>(
      (values, key) =>
        values.flat().flatMap((value) => (value as Record<string, unknown> | null | undefined)?.[key] ?? []),
      [attributes],
    );
}

function textAt(attributes: object, path: string): string | undefined {
  const [value] = valuesAt(attributes, path);
  if (typeof value !== "string") return undefined;
  const text = value.replace(/\$\{[^}]*\}/g, "…");
  return text === "…" ? undefined : text;
}

/** Finds the addresses to which a value refers, at any depth. */
function references(value: unknown): string[] {
  if (typeof value === "object" && value !== null) return Object.values(value).flatMap(references);
  if (typeof value !== "string" || !value.includes("${")) return [];
  return [...value.matchAll(/(?<![\w.-])[a-z]\w*\.[\w-]+(?=\.)/g)].map(([address]) => address);
}
