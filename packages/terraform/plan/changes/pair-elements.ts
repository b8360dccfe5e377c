import { isContainer } from "../json-value";

/** An element before and after the change; `undefined` where it does not exist. */
interface ElementPair {
  /** The `Sid` in brackets, else the index: the new one, or for a removed element its old one. */
  readonly step: string | number;
  /** The old index. */
  readonly from: number | undefined;
  readonly pair: readonly [before: unknown, after: unknown];
}

interface Candidate {
  readonly from: number;
  readonly to: number;
  readonly likeness: number;
}

/** Pairs the elements of two lists by their `Sid`, then by their content, then by the most equal members. */
export function pairElements(before: readonly unknown[], after: readonly unknown[]): ElementPair[] {
  const removed = new Set(before.keys());
  const added = new Set(after.keys());
  const pairs: { from?: number; to?: number }[] = [];
  const pair = (from: number, to: number) => {
    removed.delete(from);
    added.delete(to);
    pairs.push({ from, to });
  };
  // The most elements of a long list are equal, and are found without comparing each with each.
  const texts = before.map((element) => JSON.stringify(element));
  for (const [to, element] of after.entries()) {
    const text = JSON.stringify(element);
    const from = [...removed].find((index) => texts[index] === text);
    if (from !== undefined) pair(from, to);
  }
  const candidates = [...removed].flatMap((from) =>
    [...added].map((to): Candidate => ({ from, to, likeness: likeness(before[from], after[to]) })),
  );
  for (const { from, to, likeness } of candidates.sort((a, b) => b.likeness - a.likeness)) {
    if (likeness >= 0 && removed.has(from) && added.has(to)) pair(from, to);
  }
  pairs.push(...[...removed].map((from) => ({ from })), ...[...added].map((to) => ({ to })));
  const inOrder = pairs.sort((a, b) => (a.to ?? a.from ?? 0) - (b.to ?? b.from ?? 0));
  return inOrder.map(({ from, to }) => {
    const elements = [from === undefined ? undefined : before[from], to === undefined ? undefined : after[to]] as const;
    const sid = sidOf(elements[1]) ?? sidOf(elements[0]);
    return { step: sid === undefined ? (to ?? from ?? 0) : `[${sid}]`, from, pair: elements };
  });
}

export function isReordered(pairs: readonly ElementPair[]): boolean {
  const order = pairs.flatMap(({ from, pair: [, after] }) => (from === undefined || after === undefined ? [] : from));
  return order.some((from, index) => from < (order[index - 1] ?? 0));
}

/** The number of equal members; none for elements with different `Sid`s. */
function likeness(before: unknown, after: unknown): number {
  const [from, to] = [sidOf(before), sidOf(after)];
  if (from !== undefined && to !== undefined) return from === to ? Infinity : -1;
  if (!isContainer(before) || !isContainer(after)) return 0;
  return Object.keys(after).filter((key) => JSON.stringify(before[key]) === JSON.stringify(after[key])).length;
}

function sidOf(element: unknown): string | undefined {
  return isContainer(element) && typeof element.Sid === "string" && element.Sid ? element.Sid : undefined;
}
