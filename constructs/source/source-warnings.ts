import { isSecret, isSuspect } from "./left-out";
import { type SourceEntry, shown } from "./source-files";

/** How many files a warning names. */
const NAMED = 10;

/** Warns of entries that may not belong into a package, a line for each kind. */
export function sourceWarnings(source: string, entries: readonly SourceEntry[]): string[] {
  const found: [warning: string, entries: SourceEntry[], advice: string][] = [
    [
      "secrets are not deployed",
      entries.filter(({ path, stats }) => !stats && isSecret(path)),
      "keep them in another folder",
    ],
    [
      "these names suggest secrets, and are deployed",
      entries.filter(({ path, stats }) => stats && isSuspect(path)),
      "keep secrets in AWS Secrets Manager",
    ],
    ["sockets, pipes and devices are not deployed", entries.filter(({ isSpecial }) => isSpecial), "delete them"],
  ];
  return found
    .filter(([, { length }]) => length > 0)
    .map(([warning, of, advice]) => `${shown(source)}: ${warning}: ${listed(of)}; ${advice}`);
}

function listed(entries: readonly SourceEntry[]): string {
  const more = entries.length > NAMED ? ` and ${entries.length - NAMED} more` : "";
  return (
    entries
      .slice(0, NAMED)
      .map(({ path }) => path)
      .sort()
      .join(", ") + more
  );
}
