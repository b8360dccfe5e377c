/**
 * Keeps what the page shows up to date.
 *
 * @import { SystemSummary } from "../../system"
 */

import { find, setText } from "./dom.js";
import { clock, showArchivedLog, showItems, showRequests } from "./records.js";
import { ConnectionLost, get, reason } from "./server.js";
import { showSummary } from "./summary.js";

const SUMMARY_MS = 1000;
/** Each answer reads the whole table or the whole bucket. */
const RECORDS_MS = 2000;
/** Log lines reach the archive a moment after their requests: for so long after a change it is asked for again. */
const SETTLE_MS = 8000;

let summaryAt = Date.now();
let shownRequests = "";
let recordsWantedUntil = 0;

/** @type {() => () => void} returns what refreshes at once, for where something was done */
export function startPolling() {
  const polls = [repeat(SUMMARY_MS, refreshSummary), repeat(RECORDS_MS, refreshRecords)];
  const refresh = () => {
    expectRecords();
    for (const poll of polls) poll();
  };
  // What changed while nobody saw the page is not known.
  document.addEventListener("visibilitychange", refresh);
  refresh();
  return refresh;
}

/** @type {(periodMs: number, work: () => Promise<void>) => () => void} while the page is seen, once at a time */
function repeat(periodMs, work) {
  let isBusy = false;
  const run = async () => {
    if (isBusy || document.hidden) return;
    isBusy = true;
    await work();
    isBusy = false;
  };
  setInterval(run, periodMs);
  return run;
}

async function refreshSummary() {
  try {
    /** @type {SystemSummary} */
    const summary = await get("/api/summary");
    showSummary(summary);
    const runs = await get("/api/runs?limit=100");
    showRequests(runs);
    const requests = JSON.stringify(runs);
    if (requests !== shownRequests) expectRecords();
    shownRequests = requests;
    summaryAt = Date.now();
    showConnection("live", "");
  } catch (error) {
    const ended = "npm start has ended. This page resumes once it runs at this address again.";
    const trouble = error instanceof ConnectionLost ? ended : `The system does not answer: ${reason(error)}`;
    showConnection("lost", `${trouble} What is shown is how it was at ${clock(summaryAt)}.`);
  }
}

/** @type {(state: "live" | "lost", trouble: string) => void} */
function showConnection(state, trouble) {
  find("#connection").dataset.state = state;
  setText(find("#connection"), state === "live" ? "live" : "connection lost");
  find("#trouble").hidden = state === "live";
  setText(find("#trouble"), trouble);
}

/** Items and archived log may be others from now on. */
function expectRecords() {
  recordsWantedUntil = Date.now() + SETTLE_MS;
}

async function refreshRecords() {
  if (Date.now() > recordsWantedUntil) return;
  await Promise.all([
    refresh("/api/items", showItems, find("#items-trouble")),
    refresh("/api/archived-log", showArchivedLog, find("#log-trouble")),
  ]);
}

/** @type {(path: string, show: (answer: any) => void, trouble: Element) => Promise<void>} */
async function refresh(path, show, trouble) {
  try {
    show(await get(path));
    setText(trouble, "");
  } catch (error) {
    // That nothing answers is told for the whole page.
    if (!(error instanceof ConnectionLost)) setText(trouble, reason(error));
  }
}
