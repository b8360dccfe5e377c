import type { State } from "../run/terraform";

/** Resources of the state that are in another Region or account than the configuration's. */
export interface LeftBehind {
  /** Their place, such as `us-west-2` or `account 123456789012`. */
  readonly from: string;
  /** The Region or account of the settings. */
  readonly to: string;
  readonly addresses: readonly string[];
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html; global resources have no Region. */
const ARN = /^arn:[\w-]+:[\w-]+:(?<region>[\w-]*):(?<account>\d*):/;

/** Finds a state's resources in another Region or account; undefined if there are none. */
export function findLeftBehind(
  state: State | undefined,
  here: { readonly region: string; readonly account: string },
): LeftBehind | undefined {
  const elsewhere = (state?.resources ?? []).flatMap(({ address, values }) => {
    const { region, account } = ARN.exec(values.arn ?? "")?.groups ?? {};
    const otherAccount = account && account !== here.account;
    if (!otherAccount && (!region || region === here.region)) return [];
    const place = otherAccount ? `account ${account}` : region;
    return [{ address, place, here: otherAccount ? `account ${here.account}` : here.region }];
  });
  const list = (texts: (string | undefined)[]) => [...new Set(texts)].sort().join(" and ");
  if (elsewhere.length === 0) return undefined;
  return {
    from: list(elsewhere.map(({ place }) => place)),
    to: list(elsewhere.map((resource) => resource.here)),
    addresses: elsewhere.map(({ address }) => address),
  };
}

/**
 * Explains a change of the Region or of the account in the settings.
 *
 * @param what the message's subject, with its verb
 */
export function explainMove(what: string, from: string, to: string): string {
  return `${what} in ${from}, and the settings say ${to}. Everything of the old one stays behind: no plan changes or deletes it, and AWS goes on charging for it. To move, first delete the environment with its old settings; to have both, add an environment in cdktf.json.`;
}

export function renderLeftBehind({ from, to, addresses }: LeftBehind): string {
  return explainMove(`${addresses.length} resources of the state are`, from, to);
}
