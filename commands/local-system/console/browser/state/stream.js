/**
 * Gets what happens in the system, as it happens.
 *
 * @import { SystemSummary } from "../../../system"
 */

import { batch } from "../ui/html.js";
import { reason } from "../ui/notice.js";
import { expectLines, loadLines, MAX_LINES, takeLines } from "./log.js";
import { refreshOpenRun } from "./open-run.js";
import { expectRuns, loadRuns, MAX_RUNS, takeRuns } from "./runs.js";
import { get } from "./server.js";
import { connection, heardAt, summary, trouble } from "./system.js";

const RETRY_MS = 1000;
const CHECK_MS = 10_000;
/** After so many failures in a row, nothing is there any more. */
const ENDED_FAILURES = 3;

let failures = 0;
let timer = 0;
/** Whether the system has told how it is since the connection was made: what is then loaded may be older. */
let isTold = false;

/** Connects, and again whenever the connection is lost. */
export function startStream() {
  const source = new EventSource("/api/events");
  source.onopen = () => {
    failures = 0;
    connection.value = "live";
    reload();
  };
  source.onerror = () => {
    source.close();
    if (failures === 0) heardAt.value = Date.now();
    failures += 1;
    connection.value = failures < ENDED_FAILURES ? "reconnecting" : "ended";
    setTimeout(startStream, RETRY_MS);
  };
  const takers = { run: takeChangedRuns, log: takeLines, summary: takeSummaries };
  for (const [name, take] of Object.entries(takers)) {
    source.addEventListener(name, ({ data }) => batch(() => take(JSON.parse(data))));
  }
}

/** Nothing is known of what happened while there was no connection. */
function reload() {
  isTold = false;
  expectRuns();
  expectLines();
  get(`/api/runs?limit=${MAX_RUNS}`).then(loadRuns, tellTrouble);
  get(`/api/log?limit=${MAX_LINES}`).then(loadLines, tellTrouble);
  check();
  refreshOpenRun();
}

/** Asks how the system is. That it fails it does not tell by itself. */
function check() {
  clearTimeout(timer);
  timer = setTimeout(check, CHECK_MS);
  if (connection.value !== "live") return;
  get("/api/summary").then((latest) => {
    trouble.value = "";
    if (!isTold) takeSummaries([latest]);
  }, tellTrouble);
}

/** @type {(error: unknown) => void} */
const tellTrouble = (error) => {
  trouble.value = reason(error);
};

/** @type {(changed: readonly import("../../../run").RunSummary[]) => void} */
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
