/** A longer value is cut where it does not change. */
const WIDTH = 100;

/** The number of unchanged characters that a cut value shows on each side of the change. */
const CONTEXT = 40;

const MAX_NAMES = 10;

/** Cuts two values at their common start and end. The parts that differ stay whole. */
export function shortenPair(before: string, after: string): readonly [before: string, after: string] {
  const [from, to] = [[...before], [...after]];
  if (Math.max(from.length, to.length) <= WIDTH) return [before, after];
  const shorter = Math.min(from.length, to.length);
  let start = 0;
  while (start < shorter && from[start] === to[start]) start += 1;
  let end = 0;
  while (end < shorter - start && from.at(-1 - end) === to.at(-1 - end)) end += 1;
  const [head, tail] = [Math.max(0, start - CONTEXT), Math.max(0, end - CONTEXT)];
  const cut = (characters: string[]) =>
    `${head > 0 ? "…" : ""}${characters.slice(head, characters.length - tail).join("")}${tail > 0 ? "…" : ""}`;
  return [cut(from), cut(to)];
}

/** Keeps the start of a value. */
export function shortenEnd(value: string): string {
  const characters = [...value];
  return characters.length > WIDTH ? `${characters.slice(0, WIDTH).join("")}…` : value;
}

export function listNames(names: readonly string[]): string {
  const others = names.length - MAX_NAMES;
  return names.slice(0, MAX_NAMES).join(", ") + (others > 0 ? ` and ${others} more` : "");
}
