import type { AttributeChange } from "./compare";
import { ADDRESS_TYPES, CREDENTIAL_TYPES, DATA_TYPES } from "./guarded-types";
import { explainUndoneRestore, type UndoneRestore } from "./undone-restores";

/** The deleted and replaced resources that are lost with their data or address, by their addresses in Terraform. */
export interface Losses {
  readonly dataLoss: readonly string[];
  /** Certificates and keys. Undefined if there are none. */
  readonly credentialLoss?: readonly string[];
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
  const credentialLoss = addressesOf(CREDENTIAL_TYPES, deleted);
  return {
    dataLoss: addressesOf(DATA_TYPES, deleted),
    ...(credentialLoss.length > 0 ? { credentialLoss } : {}),
    addressLoss: addressesOf(ADDRESS_TYPES, [...deleted, ...off]),
    ...(endpointsOff.length > 0 ? { endpointsOff } : {}),
  };
}

export function lossLines({ dataLoss, credentialLoss = [], addressLoss, undoneRestores = [] }: Losses): string[] {
  const inUse = new Map(undoneRestores.map(({ from, to }) => [from.address, `, the table in the place of ${to.name}`]));
  return [
    ...dataLoss.map((address) => `Data would be lost: ${address}${inUse.get(address) ?? ""}`),
    ...credentialLoss.map((address) => `A certificate or key would be lost: ${address}`),
    ...addressLoss.map((address) => `Clients would lose the address: ${address}`),
  ];
}

/** The reason for a refusal and the remedy; `undefined` if all losses are allowed. */
export function refuseLosses(losses: Losses, allowed: readonly string[]): string | undefined {
  const { dataLoss, credentialLoss = [], addressLoss, undoneRestores = [] } = losses;
  const refused = (addresses: readonly string[]) => addresses.filter((address) => !allowed.includes(address));
  const groups: readonly (readonly [what: string, addresses: readonly string[]])[] = [
    ["data", refused(dataLoss)],
    ["certificates or keys", refused(credentialLoss)],
    ["addresses that clients use", refused(addressLoss)],
  ];
  const what = groups.filter(([, addresses]) => addresses.length > 0).map(([name]) => name);
  if (what.length === 0) return undefined;
  const all = groups.flatMap(([, addresses]) => addresses);
  const allow = all.map((address) => `--allow-data-loss ${quote(address)}`).join(" ");
  const undone = undoneRestores.filter(({ from }) => all.includes(from.address)).map(explainUndoneRestore);
  const but = undone.length > 0 ? "If the loss is wanted" : "To allow that";
  return [
    `Refused: the plan deletes ${new Intl.ListFormat("en").format(what)}, so it was not saved.`,
    ...undone,
    `${but}, plan again with ${allow}`,
  ].join(" ");
}

/** A shell would take the quotes and brackets of an instance's key. */
function quote(address: string): string {
  return /[[\]"]/.test(address) ? `'${address}'` : address;
}
