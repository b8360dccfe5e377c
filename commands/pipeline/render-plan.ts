import pc from "picocolors";
import { renderLeftBehind } from "./left-behind";
import type { PlannedAction, PlannedChange, PlanSummary } from "./plan-summary";
import { renderRenames } from "./renames/render-renames";

/** GitHub's limit for a comment is 65,536 characters. */
const MAX_MARKDOWN_LENGTH = 60_000;

const SYMBOLS: Readonly<Record<PlannedAction, string>> = {
  adopt: "=",
  create: "+",
  update: "~",
  replace: "±",
  delete: "-",
};
/** In a block of `diff`, GitHub colours the lines that begin with `+`, `-` or `!`, and no others. */
const MARKDOWN_SYMBOLS: typeof SYMBOLS = { ...SYMBOLS, update: "!", replace: "!" };

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

/** Renders a plan for a terminal, by default without colours. */
export function renderText(summary: PlanSummary, isColoured = false): string {
  const { green, yellow, red, cyan } = pc.createColors(isColoured);
  const colours = { adopt: cyan, create: green, update: yellow, replace: red, delete: red };
  const blocks = inOrder(summary).map((change) => {
    const { action } = change;
    const symbol = colours[action](`${SYMBOLS[action]} ${action.padEnd(7)}`);
    return renderChange(change, symbol);
  });
  const [end = "", ...losses] = [`${renderCounts(summary)}.`, ...dataLossLines(summary).map(red)];
  const start = leftBehindLines(summary).flatMap((line) => [red(line), ""]);
  const renames = renderRenames(summary.renamed).map((line) => (line.startsWith(" ") ? line : red(line)));
  return [...start, ...blocks, ...(blocks.length > 0 ? [""] : []), end, ...losses, ...renames].join("\n");
}

/** Renders a plan as Markdown, for a comment or a job summary. Cuts a long plan and adds a note. */
export function renderMarkdown(summary: PlanSummary, title: string): string {
  const head = [
    `### ${title}: ${renderCounts(summary)}`,
    ...[...leftBehindLines(summary), ...dataLossLines(summary)].map((line) => `> [!CAUTION]\n> ${line}`),
    ...(summary.renamed ? [`> [!CAUTION]\n${renderRenames(summary.renamed).map(quoted).join("\n")}`] : []),
  ];
  const blocks = inOrder(summary).map((change) =>
    renderChange(change, `${MARKDOWN_SYMBOLS[change.action]} ${change.action}`),
  );
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

/** A line of a quotation; an indented one is code. */
function quoted(line: string): string {
  return line.startsWith(" ") ? `> - \`${line.trim()}\`` : `>\n> ${line}\n>`;
}

function inOrder({ changes }: PlanSummary): PlannedChange[] {
  return ORDER.flatMap((action) => changes.filter((change) => change.action === action));
}

/** A line for the resource, and below it a line for each changed attribute. */
function renderChange({ address, attributes, replacedBecause }: PlannedChange, start: string): string {
  const reason = replacedBecause.length > 0 ? ` (because of ${replacedBecause.join(", ")})` : "";
  const lines = attributes.map(({ path, before, after }) => `    ${path}: ${before} → ${after}`);
  return [`${start} ${address}${reason}`, ...lines].join("\n");
}

function leftBehindLines({ leftBehind }: PlanSummary): string[] {
  return leftBehind ? [renderLeftBehind(leftBehind)] : [];
}

function dataLossLines({ dataLoss }: PlanSummary): string[] {
  return dataLoss.map((address) => `Data would be lost: ${address}`);
}
