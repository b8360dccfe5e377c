import type { Configuration } from "../../terraform/terraform";
import type { TerraformPlan } from "../plan-summary";
import { identifyingArguments } from "./identity";

/** A resource that a plan would delete or keep at one address, and create or adopt at another. */
export interface Rename {
  /** The address in the state. */
  readonly from: string;
  /** The address in the configuration. */
  readonly to: string;
  /** The physical id. */
  readonly id: string;
  /** The arguments that are the same. */
  readonly same: readonly string[];
  /** The path of CDKTF's construct at `to`, without the stack. */
  readonly construct?: string;
  /** Whether a `moved` block can say it: not if the plan needs both addresses. */
  readonly canMove: boolean;
}

/** A resource's attributes, by name. */
export type Values = Readonly<Record<string, unknown>>;

export type ResourceChange = NonNullable<TerraformPlan["resource_changes"]>[number];
export type Resources = Configuration["resource"];

/** A reference to an attribute of a managed resource. */
const REFERENCE = /\$\{([\w-]+\.[\w-]+)\.([\w-]+)\}/g;

/** The resources of a plan, and which of them are the same in AWS under two addresses. */
export class Renames {
  private readonly changes: ReadonlyMap<string, ResourceChange>;
  /** By the address in the configuration. */
  private readonly found = new Map<string, { readonly from: ResourceChange; readonly same: readonly string[] }>();

  /**
   * @param identify the arguments that decide which resource of a type it is, if a table has them
   */
  constructor(
    { resource_changes = [] }: TerraformPlan,
    private readonly resources: Resources,
    private readonly identify: (type: string) => readonly string[] | undefined,
  ) {
    this.changes = new Map(
      resource_changes.filter(({ mode }) => mode === "managed").map((resource) => [resource.address, resource]),
    );
    const all = [...this.changes.values()];
    const ended = all.filter(({ change }) => change.actions.includes("delete"));
    const begun = all.filter(isBegun);
    // A child, such as an API's route, is the same if its parent is. So repeat while there are new ones.
    for (let before = -1; before < this.found.size; ) {
      before = this.found.size;
      for (const to of begun.filter(({ address }) => !this.found.has(address))) {
        const taken = new Set([...this.found.values()].map(({ from }) => from));
        ended.filter((from) => !taken.has(from)).some((from) => this.note(from, to));
      }
    }
  }

  /** What the plan would do to one resource under two addresses. */
  get all(): Rename[] {
    return [...this.found].map(([to, { from, same }]) => {
      const { actions, before } = from.change;
      return {
        from: from.address,
        to,
        id: String(values(before).id ?? ""),
        same,
        construct: constructPath(this.configurationOf(to)),
        canMove: actions.join() === "delete" && !this.changes.get(to)?.change.actions.includes("delete"),
      };
    });
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

  /** Returns whether two resources are one. */
  private note(from: ResourceChange, to: ResourceChange): boolean {
    if (from.type !== to.type || from.address === to.address) return false;
    const existing = values(from.change.before);
    const configured = this.configurationOf(to.address);
    // What is imported has all attributes, also those that AWS chose.
    const known = to.change.importing ? {} : values(to.change.after);
    const isArgument = (name: string) => name in configured || name in known;
    const table = this.identify(from.type)?.filter((name) => existing[name]) ?? [];
    const names = table.length > 0 ? table : identifyingArguments(existing, isArgument);
    const wanted = new Map(names.map((name) => [name, this.argument(to, name)]));
    const same = names.filter((name) => wanted.get(name) !== undefined);
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
    // A reference to what is really new differs from every value.
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
export function isBegun(resource: ResourceChange | undefined): boolean {
  return (
    resource !== undefined && (resource.change.actions.includes("create") || resource.change.importing !== undefined)
  );
}

function values(of: unknown): Values {
  return Object(of);
}

/** A value to compare. The provider takes what is left out, empty or off as the same. */
function asText(value: unknown): string {
  return !value || (Array.isArray(value) && value.length === 0) ? "" : JSON.stringify(value);
}

function constructPath(configured: Values): string | undefined {
  const { path } = values(values(configured["//"]).metadata) as { readonly path?: string };
  return path?.split("/").slice(1).join("/");
}
