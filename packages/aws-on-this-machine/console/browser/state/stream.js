/**
 * Receives the system's changes live.
 *
 * @import { SystemSummary } from "../../../system/running-system"
 */

import { batch } from "../ui/html.js";
import { reason } from "../ui/notice.js";
import { loadLines, MAX_LINES, takeLines } from "./log.js";
import { refreshOpenRun } from "./open-run.js";
import { loadRuns, MAX_RUNS, takeRuns } from "./runs.js";
import { get } from "./server.js";
import { connection, heardAt, summary, trouble } from "./system.js";

const RETRY_MS = 1000;
const CHECK_MS = 10_000;
/** The failures in a row after which the page takes the system as ended. */
const ENDED_FAILURES = 3;

let failures = 0;
let timer = 0;
/** Whether this connection has sent a summary. A loaded summary may be older. */
let isTold = false;

/** Connects, and connects again after each loss. */
export function startStream() {
  const source = new EventSource("/api/events");
  let isOver = false;
  /** The changes that came before the lists were loaded. @type {(() => void)[] | undefined} */
  let early = [];
  const startAgain = () => {
    if (isOver) return;
    isOver = true;
    source.close();
    if (failures === 0) heardAt.value = Date.now();
    failures += 1;
    connection.value = failures < ENDED_FAILURES ? "reconnecting" : "ended";
    setTimeout(startStream, RETRY_MS);
  };
  source.onerror = startAgain;
  source.onopen = async () => {
    failures = 0;
    isTold = false;
    check();
    refreshOpenRun();
    // The stream does not repeat changes from the time without a connection.
    const lists = [`/api/runs?limit=${MAX_RUNS}`, `/api/log?limit=${MAX_LINES}`].map(get);
    const loaded = await Promise.all(lists).catch(tellTrouble);
    // A later connection has its own answer.
    if (isOver) return;
    if (!loaded) return startAgain();
    batch(() => {
      loadRuns(loaded[0]);
      loadLines(loaded[1]);
      for (const take of early ?? []) take();
      connection.value = "live";
    });
    early = undefined;
  };
  const takers = { run: takeChangedRuns, log: takeLines, summary: takeSummaries };
  for (const [name, take] of Object.entries(takers)) {
    source.addEventListener(name, ({ data }) => {
      const takeAll = () => batch(() => take(JSON.parse(data)));
      if (early) early.push(takeAll);
      else takeAll();
    });
  }
}

/** Asks for the summary at intervals, because the stream does not report an unreadable summary. */
function check() {
  clearTimeout(timer);
  timer = setTimeout(() => connection.value === "live" && check(), CHECK_MS);
  get("/api/summary").then((latest) => {
    trouble.value = "";
    if (!isTold) takeSummaries([latest]);
  }, tellTrouble);
}

/** @type {(error: unknown) => void} */
const tellTrouble = (error) => {
  trouble.value = reason(error);
};

/** @type {(changed: readonly import("../../../runs/run").RunSummary[]) => void} */
function takeChangedRuns(changed) {
  takeRuns(changed);
  refreshOpenRun(changed.map(({ id }) => id));
}

/** @type {(latest: readonly SystemSummary[]) => void} */
function takeSummaries(latest) {
  isTold = true;
  heardAt.value = Date.now();
  summary.value = latest.at(-1);
  trouble.value = "";
}
