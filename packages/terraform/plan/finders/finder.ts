import type { Aws } from "../../aws";

/** The known attributes of a resource that a plan would create. `null` if the configuration leaves it out. */
export type Attributes = Readonly<Record<string, unknown>>;

export interface Finder {
  /** The attributes that identify the resource. While one of them is unknown, the resource cannot exist. */
  readonly attributes: readonly string[];
  /** Returns the id for Terraform's import, if the resource exists. AWS may also throw an error, see `isMissing`. */
  readonly find: (aws: Aws, values: readonly string[], all: Attributes) => Promise<string | undefined>;
  /** The attributes that identify the resource exactly, where `find` may find another one or needs more than `attributes`. */
  readonly identity?: readonly string[];
  /** The attributes by which `find` may take another resource for this one; by default `attributes`. */
  readonly likeness?: readonly string[];
}

export function by(
  attributes: readonly string[],
  find: (aws: Aws, ...values: string[]) => Promise<string | undefined>,
  identity?: readonly string[],
  likeness?: readonly string[],
): Finder {
  return { attributes, find: (aws, values) => find(aws, ...values), identity, likeness };
}

export function join(parent: string | undefined, child: string | undefined): string | undefined {
  return child && `${parent}/${child}`;
}
