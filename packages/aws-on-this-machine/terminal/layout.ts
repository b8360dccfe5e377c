import { cutMiddle, padColumns, printable } from "@local/command-line/printable";
import { parseJson } from "@local/command-line/text/json";
import { applyEdits, format } from "jsonc-parser";
import stringWidth from "string-width";

/** The indent of lines below another line: the width of a time. */
export const INDENT = " ".repeat(10);

/** The maximum length of a line, in characters. Without a terminal, lines are not cut. */
export function terminalWidth(): number {
  const { isTTY, columns } = process.stdout;
  // Some terminals break a line that is exactly as long.
  return isTTY && columns > 0 ? columns - 1 : Infinity;
}

/** Shows the time of day, after the date unless that is today's. */
export function renderTime(time: number): string {
  const date = new Date(time);
  const clock = date.toTimeString().slice(0, 8);
  const day = new Date(time - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 10);
  return date.toDateString() === new Date().toDateString() ? clock : `${day} ${clock}`;
}

export interface Column<Row> {
  readonly text: (row: Row) => string;
  readonly paint?: (text: string, row: Row) => string;
  /** Whether the column shrinks if the line is too long. */
  readonly isFlexible?: boolean;
}

/** The minimum width of a flexible column. */
const MIN_WIDTH = 12;

/** The maximum padding without a terminal: a longer cell shifts only the rest of its line. */
const MAX_PADDING = 40;

/** Renders a table without a head. Each row is one line, even with line breaks in a cell. */
export function renderTable<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  width = terminalWidth(),
): string {
  const cells = rows.map((row) => columns.map(({ text }) => printable(text(row))));
  const widths = columns.map((_column, index) => Math.max(...cells.map((line) => stringWidth(line[index] ?? ""))));
  shrink(widths, columns, width);
  const isCut = width < Infinity;
  return cells
    .map((line, row) => {
      const painted = line.map((cell, index) => {
        const room = widths[index] ?? 0;
        const text = isCut ? padColumns(cutMiddle(cell, room), room) : padColumns(cell, Math.min(room, MAX_PADDING));
        return columns[index]?.paint?.(text, rows[row] as Row) ?? text;
      });
      return painted.join("  ").trimEnd();
    })
    .join("\n");
}

function shrink(widths: number[], columns: readonly Column<never>[], width: number): void {
  const total = () => widths.reduce((sum, each) => sum + each, 2 * (widths.length - 1));
  while (total() > width) {
    const flexible = widths.map((each, index) => (columns[index]?.isFlexible ? each : 0));
    const widest = Math.max(...flexible);
    if (widest <= MIN_WIDTH) return;
    widths[flexible.indexOf(widest)] = Math.max(MIN_WIDTH, widest - Math.ceil((total() - width) / 2));
  }
}

/** Breaks a text between words, and indents each line. */
export function wrap(text: string, indent: string, width: number): string[] {
  const room = Math.max(20, width - indent.length);
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line && stringWidth(line) + 1 + stringWidth(word) > room) {
      lines.push(line);
      line = word;
    } else {
      line = lines.length === 0 && line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line].map((each) => indent + each);
}

/** Renders JSON in several lines, with unchanged values; any other text unchanged. */
export function renderText(text: string): string {
  if (parseJson(text) === undefined) return printableLines(text);
  return printableLines(applyEdits(text, format(text, undefined, { insertSpaces: true, tabSize: 2, eol: "\n" })));
}

/** Replaces control characters but line breaks. */
export function printableLines(text: string): string {
  return text.split(/\r?\n/).map(printable).join("\n");
}
