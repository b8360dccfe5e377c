import type { AttributeChange, PlannedAction, PlannedChange, PlanSummary } from "./plan-summary";

/** GitHub cuts comments and job summaries off, at the latest at 65,536 characters. */
const MAX_MARKDOWN_LENGTH = 60_000;

const SYMBOLS: Readonly<Record<PlannedAction, string>> = {
  adopt: "=",
  create: "+",
  update: "~",
  replace: "±",
  delete: "-",
};
/** What deserves a look comes first. */
const ORDER: readonly PlannedAction[] = ["delete", "replace", "adopt", "update", "create"];

/** The plan in one line, such as `1 to create, 2 to update`. */
export function renderCounts({ changes, outputs }: PlanSummary): string {
  const counts = ORDER.flatMap((action) => {
    const count = changes.filter((change) => change.action === action).length;
    return count > 0 ? `${count} to ${action}` : [];
  });
  if (outputs.length > 0) counts.push(`outputs ${outputs.join(", ")}`);
  return counts.length > 0 ? counts.join(", ") : "No changes";
}

/** The plan for a terminal: a line a resource, and below it what changes. */
export function renderText(summary: PlanSummary): string {
  const lines = inOrder(summary).flatMap((change) => [
    `${SYMBOLS[change.action]} ${change.action.padEnd(7)} ${change.address}${replacedBecause(change)}`,
    ...change.attributes.map((attribute) => `    ${renderAttribute(attribute)}`),
  ]);
  return [...lines, ...(lines.length > 0 ? [""] : []), `${renderCounts(summary)}.`, ...dataLossLines(summary)].join(
    "\n",
  );
}

/**
 * The plan as Markdown, for a comment or a job summary; what is too long for those is cut with a note.
 *
 * @param title the heading, such as the stack's name
 */
export function renderMarkdown(summary: PlanSummary, title: string): string {
  const head = [
    `### ${title}: ${renderCounts(summary)}`,
    ...dataLossLines(summary).map((line) => `> [!CAUTION]\n> ${line}`),
  ];
  const blocks = inOrder(summary).map((change) => {
    const line = `${SYMBOLS[change.action]} ${change.action} ${change.address}${replacedBecause(change)}`;
    return [line, ...change.attributes.map((attribute) => `    ${renderAttribute(attribute)}`)].join("\n");
  });
  const note = (left: number) => `\n… and ${left} more resources; the whole plan is in the job's log.`;
  const fence = "~~~~";
  const room = MAX_MARKDOWN_LENGTH - head.join("\n\n").length - note(blocks.length).length - 2 * fence.length - 20;
  const shown: string[] = [];
  let length = 0;
  for (const block of blocks) {
    length += block.length + 1;
    if (length > room) break;
    shown.push(block);
  }
  if (blocks.length === 0) return `${head.join("\n\n")}\n`;
  const left = blocks.length - shown.length;
  // A fence in the text would end ours.
  const text = shown.join("\n").replaceAll(fence, "~ ~ ~ ~");
  return `${[...head, `${fence}diff\n${text}\n${fence}`].join("\n\n")}${left > 0 ? note(left) : ""}\n`;
}

function inOrder({ changes }: PlanSummary): PlannedChange[] {
  return ORDER.flatMap((action) => changes.filter((change) => change.action === action));
}

function replacedBecause(change: PlannedChange): string {
  return change.replacedBecause.length > 0 ? ` (because of ${change.replacedBecause.join(", ")})` : "";
}

function renderAttribute({ path, before, after }: AttributeChange): string {
  return `${path}: ${before} → ${after}`;
}

function dataLossLines({ dataLoss }: PlanSummary): string[] {
  return dataLoss.map((address) => `Data would be lost: ${address}`);
}
