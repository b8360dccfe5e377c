import type { AttributeChange } from "./compare";
import { ADDRESS_TYPES, DATA_TYPES } from "./guarded-types";
import { explainUndoneRestore, type UndoneRestore } from "./undone-restores";

/** The deleted and replaced resources that are lost with their data or address, by their addresses in Terraform. */
export interface Losses {
  readonly dataLoss: readonly string[];
  /** Resources with an address or an id that clients know. */
  readonly addressLoss: readonly string[];
  /** Those of them that the plan keeps, and whose own address it switches off. Undefined if there are none. */
  readonly endpointsOff?: readonly string[];
  /** The tables in use among them. Undefined if there are none. */
  readonly undoneRestores?: readonly UndoneRestore[];
}

interface Changed {
  readonly address: string;
  readonly type: string;
  readonly attributes?: readonly AttributeChange[];
}

/** Finds the losses. A forgotten resource is none, because it stays in AWS. */
export function findLosses(deleted: readonly Changed[], kept: readonly Changed[] = []): Losses {
  const addressesOf = (types: ReadonlySet<string>, changed: readonly Changed[]) => [
    ...new Set(changed.filter(({ type }) => types.has(type)).map(({ address }) => address)),
  ];
  // A new domain of the API answers only at the end of the apply, or never if its certificate is not validated.
  const isOff = ({ path, after }: AttributeChange) => path === "disable_execute_api_endpoint" && after === "true";
  const off = kept.filter(({ attributes = [] }) => attributes.some(isOff));
  const endpointsOff = addressesOf(ADDRESS_TYPES, off);
  return {
    dataLoss: addressesOf(DATA_TYPES, deleted),
    addressLoss: addressesOf(ADDRESS_TYPES, [...deleted, ...off]),
    ...(endpointsOff.length > 0 ? { endpointsOff } : {}),
  };
}

export function lossLines({ dataLoss, addressLoss, undoneRestores = [] }: Losses): string[] {
  const inUse = new Map(undoneRestores.map(({ from, to }) => [from.address, `, the table in the place of ${to.name}`]));
  return [
    ...dataLoss.map((address) => `Data would be lost: ${address}${inUse.get(address) ?? ""}`),
    ...addressLoss.map((address) => `Clients would lose the address: ${address}`),
  ];
}

/** The reason for a refusal and the remedy; `undefined` if all losses are allowed. */
export function refuseLosses(losses: Losses, allowed: readonly string[]): string | undefined {
  const { dataLoss, addressLoss, undoneRestores = [] } = losses;
  const refused = (addresses: readonly string[]) => addresses.filter((address) => !allowed.includes(address));
  const [data, addresses] = [refused(dataLoss), refused(addressLoss)];
  const what = [...(data.length > 0 ? ["data"] : []), ...(addresses.length > 0 ? ["addresses that clients use"] : [])];
  if (what.length === 0) return undefined;
  const allow = [...data, ...addresses].map((address) => `--allow-data-loss ${quote(address)}`).join(" ");
  const undone = undoneRestores.filter(({ from }) => data.includes(from.address)).map(explainUndoneRestore);
  const but = undone.length > 0 ? "If the loss is wanted" : "To allow that";
  return [
    `Refused: the plan deletes ${what.join(" and ")}, so it was not saved.`,
    ...undone,
    `${but}, plan again with ${allow}`,
  ].join(" ");
}

/** A shell would take the quotes and brackets of an instance's key. */
function quote(address: string): string {
  return /[[\]"]/.test(address) ? `'${address}'` : address;
}
