import { ADDRESS_TYPES, DATA_TYPES } from "./guarded-types";

/** The deleted and replaced resources that take something with them, by their addresses in the configuration. */
export interface Losses {
  /** Resources with data. */
  readonly dataLoss: readonly string[];
  /** Resources with an address or an id that clients know. */
  readonly addressLoss: readonly string[];
}

/** Finds the losses. A resource that is forgotten stays in AWS, and loses nothing. */
export function findLosses(deleted: readonly { readonly address: string; readonly type: string }[]): Losses {
  const addressesOf = (types: ReadonlySet<string>) => [
    ...new Set(deleted.filter(({ type }) => types.has(type)).map(({ address }) => address)),
  ];
  return { dataLoss: addressesOf(DATA_TYPES), addressLoss: addressesOf(ADDRESS_TYPES) };
}

/** A line for each loss. */
export function lossLines({ dataLoss, addressLoss }: Losses): string[] {
  return [
    ...dataLoss.map((address) => `Data would be lost: ${address}`),
    ...addressLoss.map((address) => `Clients would lose the address: ${address}`),
  ];
}

/** Why a plan is refused, and how to allow it; `undefined` if all of its losses are allowed. */
export function refuseLosses({ dataLoss, addressLoss }: Losses, allowed: readonly string[]): string | undefined {
  const refused = (addresses: readonly string[]) => addresses.filter((address) => !allowed.includes(address));
  const [data, addresses] = [refused(dataLoss), refused(addressLoss)];
  const what = [...(data.length > 0 ? ["data"] : []), ...(addresses.length > 0 ? ["addresses that clients use"] : [])];
  if (what.length === 0) return undefined;
  const allow = [...data, ...addresses].map((address) => `--allow-data-loss ${quote(address)}`).join(" ");
  return `Refused: the plan deletes ${what.join(" and ")}, so it was not saved. To allow that, plan again with ${allow}`;
}

/** A shell would take the quotes and brackets of an instance's key. */
function quote(address: string): string {
  return /[[\]"]/.test(address) ? `'${address}'` : address;
}
