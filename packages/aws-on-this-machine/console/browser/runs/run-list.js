/**
 * The requests and the other runs, newest first.
 *
 * @import { RunSummary } from "../../../runs/run"
 */

import { address } from "../state/address.js";
import { filteredRuns } from "../state/filter.js";
import { open } from "../state/open-run.js";
import { connection, namesFunctions } from "../state/system.js";
import { focusOn } from "../ui/focus.js";
import { formatMs, Time } from "../ui/format.js";
import { html } from "../ui/html.js";
import { ResultBadge, resultOf } from "../ui/level.js";
import { isNarrow } from "../ui/narrow.js";
import { tell } from "../ui/notice.js";
import { WindowedList } from "../ui/windowed-list.js";
import { RunFilters } from "./run-filters.js";

export function RunList() {
  const { run: openId, ...filter } = address.value;
  const openThis = (/** @type {RunSummary} */ run) => {
    open(run.id);
    tell(`Opened ${titleOf(run)}, ${resultOf(run).text}`, { isQuiet: true });
    // On a narrow page, the details stand in place of the list.
    if (isNarrow.value) focusOn("run-title");
  };
  const isFiltered = Object.values(filter).some(Boolean);
  return html`<section class="card runs" aria-labelledby="runs-title">
    <h2 id="runs-title" class="unseen">Requests and other runs</h2>
    <${RunFilters} />
    <${WindowedList}
      id="runs" label="Requests and other runs, newest first" newest="top" view=${JSON.stringify(filter)}
      items=${filteredRuns.value} keyOf=${idOf} heights=${[28, 48]}
      row=${Row} classOf=${classOf} openKey=${openId} onOpen=${openThis} empty=${isFiltered ? "No run fits." : emptyText()}
    />
  </section>`;
}

/** @type {() => string} */
const emptyText = () =>
  connection.value === "connecting" ? "Loading" : "No requests yet. Send one: the API's address is above.";

/** @type {(run: RunSummary) => string} */
const idOf = ({ id }) => id;

/** @type {(run: RunSummary) => string} */
const classOf = ({ outcome }) => (outcome === "failed" ? "failed" : "");

/** A run in words. @type {(run: RunSummary) => string} */
export const titleOf = ({ source, method, path, address = path }) =>
  `${source === "request" ? method : source} ${address}`;

/** The path first: a narrow row cuts the end. @param {{ run: RunSummary }} props */
function Path({ run: { path, address } }) {
  const [domain] = address?.split("/", 1) ?? [];
  return html`<span class="path" title=${address}>${path}${domain && html` <span class="muted">${domain}</span>`}</span>`;
}

/** @type {(run: RunSummary) => unknown} */
function Row(run) {
  const { source, method, functionName, version, milliseconds, isColdStart, replayOf, time } = run;
  return html`
    <${Time} at=${time} />
    <b class="what ${source === "request" ? "" : "source"}">${method || source}</b>
    <${Path} run=${run} />
    ${namesFunctions.value && functionName && html`<span class="function muted" title=${functionName}>${functionName}</span>`}
    <span class="tags muted">${version && html`<i>version ${version}</i>`} ${replayOf && html`<i>replay</i>`} ${isColdStart && html`<i>cold</i>`}</span>
    <span class="result"><${ResultBadge} run=${run} /></span>
    <span class="duration">${milliseconds === undefined ? "" : formatMs(milliseconds)}</span>`;
}
