import type { PlannedAction, PlannedChange, PlanSummary } from "./plan-summary";

/** GitHub's limit for a comment is 65,536 characters. */
const MAX_MARKDOWN_LENGTH = 60_000;

const SYMBOLS: Readonly<Record<PlannedAction, string>> = {
  adopt: "=",
  create: "+",
  update: "~",
  replace: "±",
  delete: "-",
};
/** The most important actions come first. */
const ORDER: readonly PlannedAction[] = ["delete", "replace", "adopt", "update", "create"];

/** Such as `1 to create, 2 to update`. */
function renderCounts({ changes, outputs }: PlanSummary): string {
  const counts = ORDER.flatMap((action) => {
    const count = changes.filter((change) => change.action === action).length;
    return count > 0 ? `${count} to ${action}` : [];
  });
  if (outputs.length > 0) counts.push(`outputs ${outputs.join(", ")}`);
  return counts.length > 0 ? counts.join(", ") : "No changes";
}

/** Renders a plan for a terminal. */
export function renderText(summary: PlanSummary): string {
  const blocks = inOrder(summary).map((change) => renderChange(change, 7));
  const end = [`${renderCounts(summary)}.`, ...dataLossLines(summary)];
  return [...blocks, ...(blocks.length > 0 ? [""] : []), ...end].join("\n");
}

/** Renders a plan as Markdown, for a comment or a job summary. Cuts a long plan and adds a note. */
export function renderMarkdown(summary: PlanSummary, title: string): string {
  const head = [
    `### ${title}: ${renderCounts(summary)}`,
    ...dataLossLines(summary).map((line) => `> [!CAUTION]\n> ${line}`),
  ];
  const blocks = inOrder(summary).map((change) => renderChange(change, 0));
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
  // A fence in a value would end the code block.
  const text = shown.join("\n").replaceAll(fence, "~ ~ ~ ~");
  return `${[...head, `${fence}diff\n${text}\n${fence}`].join("\n\n")}${left > 0 ? note(left) : ""}\n`;
}

function inOrder({ changes }: PlanSummary): PlannedChange[] {
  return ORDER.flatMap((action) => changes.filter((change) => change.action === action));
}

/** A line for the resource, and below it a line for each changed attribute. */
function renderChange({ action, address, attributes, replacedBecause }: PlannedChange, actionWidth: number): string {
  const reason = replacedBecause.length > 0 ? ` (because of ${replacedBecause.join(", ")})` : "";
  const lines = attributes.map(({ path, before, after }) => `    ${path}: ${before} → ${after}`);
  return [`${SYMBOLS[action]} ${action.padEnd(actionWidth)} ${address}${reason}`, ...lines].join("\n");
}

function dataLossLines({ dataLoss }: PlanSummary): string[] {
  return dataLoss.map((address) => `Data would be lost: ${address}`);
}
