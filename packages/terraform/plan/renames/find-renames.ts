import type { Application } from "../../application";
import type { Configuration } from "../../run/terraform";
import { isOnly } from "../changes/terraform-plan";
import type { TerraformPlan } from "../plan-summary";
import { identifyingArguments, isParent } from "./identity";

/** A resource in AWS that a plan knows under two addresses, and would delete, or create a second time. */
export interface Rename {
  /** The address in the state. */
  readonly from: string;
  /** The address in the configuration. */
  readonly to: string;
  /** The physical id. */
  readonly id: string;
  readonly same: readonly string[];
  /** The path of CDKTF's construct at `to`, without the stack. */
  readonly construct?: string;
  /** The whole construct that was renamed or moved, with all below it. `undefined` if the addresses are not CDKTF's. */
  readonly moved?: { readonly construct: string; readonly formerPath: string };
  /**
   * The remedy: tell Terraform of the move. If the state has both addresses, forget the former one. If the configuration
   * has both, choose another name.
   */
  readonly remedy: "move" | "forget" | "name";
}

/** A resource's attributes, by name. */
export type Values = Readonly<Record<string, unknown>>;

/** The types that are looked up in AWS. */
interface Types {
  /** The arguments that decide which resource of a type it is; `undefined` for other types. */
  readonly identityOf: (type: string) => readonly string[] | undefined;
  /** Whether AWS permits several resources with these arguments. */
  readonly isRepeatable: (type: string) => boolean;
}

export type ResourceChange = NonNullable<TerraformPlan["resource_changes"]>[number];
export type Resources = Configuration["resource"];

const REFERENCE = /\$\{([\w-]+\.[\w-]+)\.([\w-]+)\}/g;

/** Finds the resources of a plan that are the same in AWS under two addresses. */
export class Renames {
  private readonly changes: ReadonlyMap<string, ResourceChange>;
  /** By the address in the configuration. */
  private readonly found = new Map<string, { readonly from: ResourceChange; readonly same: readonly string[] }>();

  constructor(
    { resource_changes = [] }: TerraformPlan,
    private readonly resources: Resources,
    private readonly types: Types,
    private readonly resourceName: Application["resourceName"],
  ) {
    const managed = resource_changes.filter(({ mode }) => mode === "managed");
    // A deposed resource, which Terraform failed to delete earlier, has the address of the one that replaced it.
    const current = managed.filter((resource) => !isDeposed(resource));
    this.changes = new Map(current.map((resource) => [resource.address, resource]));
    const ended = managed.filter(({ change }) => change.actions.includes("delete"));
    const begun = managed.filter(isBegun);
    const kept = managed.filter(isKept);
    // A child, such as an API's route, is the same if its parent is. So repeat while there are new ones.
    for (let before = -1; before < this.found.size; ) {
      before = this.found.size;
      for (const to of begun.filter(({ address }) => !this.found.has(address))) {
        const taken = new Set([...this.found.values()].map(({ from }) => from));
        [...ended.filter((from) => !taken.has(from)), ...kept].some((from) => this.note(from, to));
      }
    }
    // An earlier apply may have created or imported it, and failed to delete it.
    for (const from of ended) {
      for (const to of kept) if (idOf(from) && placeOf(from) === placeOf(to)) this.note(from, to);
    }
  }

  get all(): Rename[] {
    return [...this.found].map(([address, { from, same }]) => {
      const construct = constructPath(this.configurationOf(address));
      const moved = construct === undefined ? undefined : this.findMoved(from.address, construct);
      const remedy = this.remedy(from, address);
      return { from: from.address, to: address, id: idOf(from), same, construct, moved, remedy };
    });
  }

  private findMoved(from: string, construct: string): Rename["moved"] {
    const [, name = ""] = from.split(".");
    const path = construct.split("/");
    const words = name.replace(/_[0-9A-F]{8}$/, "").split("_");
    // The upper constructs come first: one of them was renamed, with all below it.
    for (let depth = 1; depth <= path.length; depth++) {
      for (let length = 1; length <= words.length; length++) {
        const former = words.slice(0, length);
        if (this.resourceName([...former, ...path.slice(depth)]) !== name) continue;
        return { construct: path.slice(0, depth).join("/"), formerPath: former.join("/") };
      }
    }
    return undefined;
  }

  private remedy(from: ResourceChange, address: string): Rename["remedy"] {
    const to = this.changes.get(address);
    if (!isOnly(from.change, "delete") || isDeposed(from) || to?.change.actions.includes("delete")) return "name";
    return isBegun(to) ? "move" : "forget";
  }

  /**
   * Whether a resource that exists in AWS is in the state under another address than that of the created one. Then it is
   * not lost; if it also is the same resource as the created one, it is renamed.
   *
   * @param isImport whether the attributes of a resource are those of the one that exists
   */
  isInState(to: ResourceChange, isImport: (existing: Values) => boolean): boolean {
    const from = [...this.changes.values()].find(
      ({ address, type, change }) =>
        address !== to.address &&
        type === to.type &&
        !change.actions.includes("forget") &&
        isImport(values(change.before)),
    );
    if (from) this.note(from, to);
    return from !== undefined;
  }

  private mayBeOne(from: ResourceChange, to: ResourceChange): boolean {
    if (from.type !== to.type || from.address === to.address) return false;
    // A resource that exists in the state alone, such as a delay or a random text, has no identity.
    if (!from.type.startsWith("aws_")) return false;
    if (!isKept(from)) return true;
    // Another provider has another Region or account.
    const [provider, other] = [from, to].map(({ address }) => this.configurationOf(address).provider);
    return provider === other && !this.types.isRepeatable(from.type);
  }

  private note(from: ResourceChange, to: ResourceChange): boolean {
    if (!this.mayBeOne(from, to)) return false;
    const isDuplicate = isKept(from);
    const existing = values(from.change.before);
    const configured = this.configurationOf(to.address);
    // Since version 6, the AWS provider knows the Region of each resource.
    const { region = existing.region } = values(to.change.after);
    if (region !== existing.region) return false;
    // An existing resource has all attributes, also those that AWS chose.
    const known = to.change.actions.includes("create") ? values(to.change.after) : {};
    const isArgument = (name: string) => name in configured || name in known;
    const table = this.types.identityOf(from.type)?.filter((name) => existing[name]) ?? [];
    const names = table.length > 0 ? table : identifyingArguments(from.type, existing, isArgument, isDuplicate);
    const wanted = new Map(names.map((name) => [name, this.argument(to, name)]));
    const same = names.filter((name) => wanted.get(name) !== undefined);
    // A duplicate must be certain: an unknown argument, or a parent that the other lacks, may tell the two apart.
    const parents = Object.keys({ ...configured, ...known }).filter((name) => isParent(name) && !existing[name]);
    if (isDuplicate && (same.length < names.length || parents.some((name) => this.argument(to, name)))) return false;
    if (same.length === 0 || same.some((name) => asText(existing[name]) !== asText(wanted.get(name)))) return false;
    this.found.set(to.address, { from, same });
    return true;
  }

  /** The value of an argument; `undefined` if a plan cannot know it. */
  private argument({ address, change }: ResourceChange, name: string): unknown {
    const planned = values(change.after)[name];
    const expression = this.configurationOf(address)[name];
    const unknown = values(change.after_unknown)[name];
    if (typeof unknown === "object" && JSON.stringify(unknown).includes("true")) return undefined;
    if (planned !== undefined && planned !== null) return planned;
    if (typeof expression !== "string") return planned;
    const text = this.resolve(expression);
    // A reference to a new resource differs from every value.
    const left = [...text.matchAll(REFERENCE)].every(([, parent = ""]) => isBegun(this.changes.get(parent)));
    return left && !text.replace(REFERENCE, "").includes("${") ? text : undefined;
  }

  /** Replaces references by the values of the referenced resources, as far as they are known. */
  private resolve(expression: string): string {
    return expression.replace(REFERENCE, (reference, address, name) => {
      const planned = values(this.changes.get(address)?.change.after)[name];
      const value = planned ?? values(this.found.get(address)?.from.change.before)[name];
      return typeof value === "string" ? value : reference;
    });
  }

  private configurationOf(address: string): Values {
    const [type = "", name = ""] = address.replace(/\[.*$/, "").split(".");
    return values(this.resources[type]?.[name]);
  }
}

/** Whether a plan creates, replaces or imports a resource. */
function isBegun(resource: ResourceChange | undefined): boolean {
  return (
    resource !== undefined && (resource.change.actions.includes("create") || resource.change.importing !== undefined)
  );
}

/** Whether a resource stays under its address. */
export function isKept({ change }: ResourceChange): boolean {
  return isOnly(change, "no-op") || isOnly(change, "update");
}

function isDeposed(resource: ResourceChange): boolean {
  return "deposed" in resource;
}

function idOf({ change }: ResourceChange): string {
  return String(values(change.before).id ?? "");
}

/** An id alone may be that of an alarm in each of two Regions. */
function placeOf({ change }: ResourceChange): string {
  const { id, arn, region } = values(change.before);
  return JSON.stringify([id, arn, region]);
}

function values(of: unknown): Values {
  return Object(of);
}

/** A value to compare. To the provider, a missing, an empty and a false value are the same. */
function asText(value: unknown): string {
  return !value || (Array.isArray(value) && value.length === 0) ? "" : JSON.stringify(value);
}

function constructPath(configured: Values): string | undefined {
  const { path } = values(values(configured["//"]).metadata) as { readonly path?: string };
  return path?.split("/").slice(1).join("/");
}
