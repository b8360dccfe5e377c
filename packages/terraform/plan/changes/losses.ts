import { ADDRESS_TYPES, DATA_TYPES } from "./guarded-types";

/** The deleted and replaced resources that are lost with their data or address, by their addresses in Terraform. */
export interface Losses {
  readonly dataLoss: readonly string[];
  /** Resources with an address or an id that clients know. */
  readonly addressLoss: readonly string[];
}

/** Finds the losses. A forgotten resource is none, because it stays in AWS. */
export function findLosses(deleted: readonly { readonly address: string; readonly type: string }[]): Losses {
  const addressesOf = (types: ReadonlySet<string>) => [
    ...new Set(deleted.filter(({ type }) => types.has(type)).map(({ address }) => address)),
  ];
  return { dataLoss: addressesOf(DATA_TYPES), addressLoss: addressesOf(ADDRESS_TYPES) };
}

export function lossLines({ dataLoss, addressLoss }: Losses): string[] {
  return [
    ...dataLoss.map((address) => `Data would be lost: ${address}`),
    ...addressLoss.map((address) => `Clients would lose the address: ${address}`),
  ];
}

/** The reason for a refusal and the remedy; `undefined` if all losses are allowed. */
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
