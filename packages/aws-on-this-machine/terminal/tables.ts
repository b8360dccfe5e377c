import { cutMiddle, printable } from "@local/command-line/printable";
import pc from "picocolors";
import { parseObject } from "../runs/log-line";
import type { Item, RunSummary } from "../runs/run";
import type { ArchivedLog, SystemSummary } from "../system/running-system";
import { type Column, printableLines, renderTable, renderTime, terminalWidth } from "./layout";
import { methodOf, paintOutcome, shortId, statusOf } from "./run-line";

const BODY_WIDTH = 60;

const dim = (text: string) => pc.dim(text);

const RUN_COLUMNS: readonly Column<RunSummary>[] = [
  { text: ({ time }) => renderTime(time), paint: dim },
  { text: statusOf, paint: (text, run) => paintOutcome(run, text) },
  { text: methodOf },
  { text: ({ path }) => path, isFlexible: true },
  { text: ({ milliseconds }) => (milliseconds === undefined ? "" : `${milliseconds.toFixed(0)} ms`), paint: dim },
  { text: ({ id }) => shortId(id), paint: pc.cyan },
  { text: ({ error = "" }) => error, paint: (text, run) => paintOutcome(run, text), isFlexible: true },
];

const ITEM_COLUMNS: readonly Column<Item>[] = [
  { text: ({ Timestamp }) => renderTimestamp(`${Timestamp}`), paint: dim },
  { text: ({ Method }) => `${Method}` },
  { text: ({ Path }) => `${Path}`, isFlexible: true },
  { text: ({ Body = "" }) => cutMiddle(`${Body}`, BODY_WIDTH), isFlexible: true },
  { text: ({ RequestId }) => shortId(`${RequestId}`), paint: pc.cyan },
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
  return renderTable([...newestFirst].reverse(), RUN_COLUMNS, width);
}

/** Renders items as a table, the newest last. */
export function renderItems(newestFirst: readonly Item[], width = terminalWidth()): string {
  if (newestFirst.length === 0) return "No items yet: neither a request nor the schedule has stored one.";
  return renderTable([...newestFirst].reverse(), ITEM_COLUMNS, width);
}

/**
 * Renders the archived log lines, the newest last, and the newest object's name. Without lines, renders the possible
 * reason.
 *
 * @param runs all kept runs, which are needed only without lines
 */
export function renderArchivedLog(
  { objects, lines, failure }: ArchivedLog,
  summary: Pick<SystemSummary, "api">,
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

function whyEmpty({ api }: Pick<SystemSummary, "api">, runs: readonly RunSummary[]): string {
  if (!api.logGroup) return "The API's stage has no access log.";
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
