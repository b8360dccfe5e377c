import pc from "picocolors";
import type { AttributeChange } from "./changes/compare";
import { lossLines } from "./changes/losses";
import { listNames, shortenEnd, shortenPair } from "./changes/shorten";
import { renderSubstitution } from "./changes/substitutions";
import { renderWarning } from "./changes/warnings";
import { UNKNOWN_VALUE } from "./json-value";
import { renderLeftBehind } from "./left-behind";
import type { OutputChange, PlannedAction, PlannedChange, PlanSummary } from "./plan-summary";
import { renderRenames } from "./renames/render-renames";

/** GitHub's limit for a comment is 65,536 characters. */
const MAX_MARKDOWN_LENGTH = 60_000;
/** The shares of it for the lines about renames, and for all other cautions and warnings. */
const MAX_ALERTS_LENGTH = 20_000;

const SYMBOLS: Readonly<Record<PlannedAction, string>> = {
  move: "→",
  forget: "−",
  import: "↓",
  create: "+",
  update: "~",
  replace: "±",
  delete: "-",
};
/** In a block of `diff`, GitHub colours the lines that begin with `+`, `-` or `!`, and no others. */
const MARKDOWN_SYMBOLS: typeof SYMBOLS = { ...SYMBOLS, update: "!", replace: "!" };

/** The most important actions come first. */
const ORDER: readonly PlannedAction[] = ["delete", "replace", "forget", "move", "import", "update", "create"];

/** Such as `1 to create, 2 to update`. */
function renderCounts({ changes, outputs }: PlanSummary): string {
  const counts = ORDER.flatMap((action) => {
    const count = changes.filter((change) => change.action === action).length;
    return count > 0 ? `${count} to ${action}` : [];
  });
  if (outputs.length > 0) counts.push(`outputs ${listNames(outputs.map(({ name }) => name))}`);
  return counts.length > 0 ? counts.join(", ") : "No changes";
}

/** Renders a plan for a terminal, by default without colours. */
export function renderText(summary: PlanSummary, isColoured = false): string {
  const { green, yellow, red, cyan } = pc.createColors(isColoured);
  const colours = {
    move: cyan,
    forget: yellow,
    import: cyan,
    create: green,
    update: yellow,
    replace: red,
    delete: red,
  };
  const blocks = [
    ...inOrder(summary).map((change) => {
      const { action } = change;
      const symbol = colours[action](`${SYMBOLS[action]} ${action.padEnd(7)}`);
      return renderChange(change, symbol);
    }),
    ...summary.outputs.map((output) => renderOutput(output, yellow("~ output "))),
  ];
  const start = leftBehindLines(summary).flatMap((line) => [red(line), ""]);
  const end = [
    `${renderCounts(summary)}.`,
    ...(summary.substitutions ?? []).flatMap(renderSubstitution),
    ...lossLines(summary).map(red),
    ...renderRenames(summary.renamed).map((line) => (line.startsWith(" ") ? line : red(line))),
    ...summary.warnings.map((warning) => yellow(renderWarning(warning))),
  ];
  return [...start, ...blocks, ...(blocks.length > 0 ? [""] : []), ...end].join("\n");
}

/**
 * Renders a plan as Markdown, for a comment or a job summary. Cuts a long plan and adds a note.
 *
 * @param log takes the whole plan as text if the Markdown is cut
 */
export function renderMarkdown(summary: PlanSummary, title: string, log?: (whole: string) => void): string {
  const alerts = [
    ...[...leftBehindLines(summary), ...lossLines(summary)].map((line) => `> [!CAUTION]\n> ${line}`),
    ...(summary.substitutions ?? []).map((each) => `> [!IMPORTANT]\n> ${renderSubstitution(each).join("\n> ")}`),
    ...summary.warnings.map((warning) => `> [!WARNING]\n> ${renderWarning(warning)}`),
  ];
  const renames = renderRenames(summary.renamed).map(quoted);
  const shownAlerts = firstThatFit(alerts, MAX_ALERTS_LENGTH);
  const shownRenames = firstThatFit(renames, MAX_ALERTS_LENGTH);
  const hidden = alerts.length - shownAlerts.length + renames.length - shownRenames.length;
  if (renames.length > 0) shownAlerts.unshift(`> [!CAUTION]\n${shownRenames.join("\n")}`);
  if (hidden > 0) shownAlerts.push(`… and ${hidden} more of these; all are in the job's log.`);
  const head = [`### ${title}: ${renderCounts(summary)}`, ...shownAlerts].join("\n\n");
  const blocks = [
    ...inOrder(summary).map((change) => renderChange(change, `${MARKDOWN_SYMBOLS[change.action]} ${change.action}`)),
    ...summary.outputs.map((output) => renderOutput(output, "! output")),
  ];
  const note = (left: number) => `\n… and ${left} more resources; the whole plan is in the job's log.`;
  const fence = "~~~~";
  const room = MAX_MARKDOWN_LENGTH - head.length - note(blocks.length).length - 2 * fence.length - 20;
  // A fence in a value would end the code block.
  const texts = blocks.map((block) => block.replaceAll(fence, "~ ~ ~ ~"));
  const shown = firstThatFit(texts, room);
  const left = texts.length - shown.length;
  if (hidden > 0 || left > 0) log?.(renderText(summary));
  if (blocks.length === 0) return `${head}\n`;
  return `${head}\n\n${fence}diff\n${shown.join("\n")}\n${fence}${left > 0 ? note(left) : ""}\n`;
}

function firstThatFit(texts: readonly string[], room: number): string[] {
  let length = 0;
  const end = texts.findIndex((text) => {
    length += text.length + 2;
    return length > room;
  });
  return end < 0 ? [...texts] : texts.slice(0, end);
}

/** A line of a quotation; an indented one is code. */
function quoted(line: string): string {
  return line.startsWith(" ") ? `> - \`${line.trim()}\`` : `>\n> ${line}\n>`;
}

function inOrder({ changes }: PlanSummary): PlannedChange[] {
  return ORDER.flatMap((action) => changes.filter((change) => change.action === action));
}

/** A line for the resource, and below it a line for each changed attribute. */
function renderChange(change: PlannedChange, start: string): string {
  const { address, from, id, deposed, attributes, replacedBecause } = change;
  const notes = [
    ...(id ? [id] : []),
    ...(deposed ? [`left over from a replacement, ${deposed}`] : []),
    ...(replacedBecause.length > 0 ? [`because of ${replacedBecause.join(", ")}`] : []),
  ];
  const subject = from ? `${from} to ${address}` : address;
  const line = `${start} ${subject}${notes.map((note) => ` (${note})`).join("")}`;
  return [line, ...attributes.flatMap(renderAttribute)].join("\n");
}

function renderOutput({ name, attributes }: OutputChange, start: string): string {
  if (attributes.length === 0) return `${start} ${name} (only whether it is sensitive)`;
  return [`${start} ${name}`, ...attributes.flatMap(renderAttribute)].join("\n");
}

function renderAttribute({ path, before, after, because = [], statements = [] }: AttributeChange): string[] {
  const [from, to] = after === UNKNOWN_VALUE ? [shortenEnd(before), after] : shortenPair(before, after);
  const reason = because.length > 0 ? `, because of ${because.join(", ")}` : "";
  const known = statements.length > 0 ? ", with the statements" : "";
  const line = `    ${path ? `${path}: ` : ""}${from} → ${to}${reason}${known}`;
  return [line, ...statements.map((statement) => `        ${statement}`)];
}

function leftBehindLines({ leftBehind }: PlanSummary): string[] {
  return leftBehind ? [renderLeftBehind(leftBehind)] : [];
}
