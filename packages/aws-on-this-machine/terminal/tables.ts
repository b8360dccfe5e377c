import { printable } from "@local/command-line/printable";
import pc from "picocolors";
import { parseObject } from "../runs/log-line";
import type { Item, RunSummary } from "../runs/run";
import type { ArchivedLog, SystemSummary } from "../system/running-system";
import { type Column, printableLines, renderTable, renderTime, terminalWidth } from "./layout";
import { methodOf, paintOutcome, shortId, statusOf } from "./run-line";

const dim = (text: string) => pc.dim(text);

/** Only for runs of several functions. */
const FUNCTION_COLUMN: Column<RunSummary> = { text: ({ functionName = "" }) => functionName, paint: dim };

const RUN_COLUMNS: readonly Column<RunSummary>[] = [
  { text: ({ time }) => renderTime(time), paint: dim },
  { text: statusOf, paint: (text, run) => paintOutcome(run, text) },
  { text: methodOf },
  { text: ({ path }) => path, isFlexible: true },
  FUNCTION_COLUMN,
  { text: ({ milliseconds }) => (milliseconds === undefined ? "" : `${milliseconds.toFixed(0)} ms`), paint: dim },
  { text: ({ id }) => shortId(id), paint: pc.cyan },
  { text: ({ error = "" }) => error, paint: (text, run) => paintOutcome(run, text), isFlexible: true },
];

/** Usual fields of an access log. A format may lack them. */
interface AccessLogLine {
  readonly requestId?: string;
  readonly requestTime?: string;
  readonly method?: string;
  readonly path?: string;
  readonly status?: string;
  readonly responseLatency?: string;
  readonly responseLength?: string;
}

const ACCESS_LOG_COLUMNS: readonly Column<AccessLogLine>[] = [
  { text: ({ requestTime = "" }) => renderTimestamp(toIso(requestTime)), paint: dim },
  { text: ({ status = "" }) => status, paint: (text) => (/^[45]/.test(text) ? pc.yellow(text) : pc.green(text)) },
  { text: ({ method = "" }) => method },
  { text: ({ path = "" }) => path, isFlexible: true },
  { text: ({ responseLatency = "" }) => `${responseLatency} ms`, paint: dim },
  { text: ({ responseLength = "" }) => `${responseLength} bytes`, paint: dim },
  { text: ({ requestId = "" }) => shortId(requestId), paint: pc.cyan },
];

/** Renders runs as a table, the newest last. */
export function renderRuns(newestFirst: readonly RunSummary[], width = terminalWidth()): string {
  if (newestFirst.length === 0) return "No request yet.";
  const functions = new Set(newestFirst.flatMap(({ functionName = [] }) => functionName));
  const columns = functions.size > 1 ? RUN_COLUMNS : RUN_COLUMNS.filter((column) => column !== FUNCTION_COLUMN);
  return renderTable([...newestFirst].reverse(), columns, width);
}

/** Renders a table's items, the newest last: the values of their keys, then the other attributes as JSON. */
export function renderItems(newestFirst: readonly Item[], keys: readonly string[], width = terminalWidth()): string {
  if (newestFirst.length === 0) return "No items yet.";
  const ofKeys = keys.map(
    (key): Column<Item> => ({ text: (item) => plainOrJson(item[key]), paint: pc.cyan, isFlexible: true }),
  );
  const others: Column<Item> = {
    text: (item) => JSON.stringify(Object.fromEntries(Object.entries(item).filter(([name]) => !keys.includes(name)))),
    isFlexible: true,
  };
  return renderTable([...newestFirst].reverse(), [...ofKeys, others], width);
}

function plainOrJson(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}

/**
 * Renders the archived log lines, the newest last, and the newest object's name. Without lines, renders the possible
 * reason.
 *
 * @param runs all kept runs, which are needed only without lines
 */
export function renderArchivedLog(
  { objects, lines, failure }: ArchivedLog,
  summary: Pick<SystemSummary, "apis">,
  runs: readonly RunSummary[],
  width = terminalWidth(),
): string {
  const lost = failure && `The newest access-log lines are lost: ${printable(failure)}`;
  if (!objects[0]) return `No log lines in the archive. ${lost ?? whyEmpty(summary, runs)}`;
  const parsed: (AccessLogLine | undefined)[] = [...lines].reverse().map((line) => parseObject(line.trim()));
  const table = parsed.every((line) => line?.requestId && line.status)
    ? renderTable(parsed as AccessLogLine[], ACCESS_LOG_COLUMNS, width)
    : printableLines([...lines].reverse().join("\n"));
  return [table, pc.dim(`Newest object: ${objects[0].key}`), lost ?? ""].filter(Boolean).join("\n");
}

function whyEmpty({ apis }: Pick<SystemSummary, "apis">, runs: readonly RunSummary[]): string {
  const api = apis.find(({ logGroup }) => logGroup);
  if (!api) return "No API has an access log.";
  if (!runs.some(({ source, outcome }) => source === "request" && outcome !== "running")) {
    return `No request has been answered yet: send one to ${api.url}.`;
  }
  return "The newest lines are on their way: ask again in a moment.";
}

function renderTimestamp(text: string): string {
  const time = Date.parse(text);
  return Number.isNaN(time) ? text : renderTime(time);
}

/** From API Gateway's `26/Nov/2026:22:59:31 +0000`. */
function toIso(requestTime: string): string {
  return requestTime.replace(/^(\d+)\/(\w+)\/(\d+):/, "$1 $2 $3 ");
}
