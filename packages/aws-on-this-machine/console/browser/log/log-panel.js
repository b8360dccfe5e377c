/**
 * The function's log, live.
 *
 * @import { LogLine } from "../../../runs/run"
 */

import { Choice } from "../page/choice.js";
import { goTo, Panel } from "../page/panel.js";
import { OpenRun } from "../runs/open-run-button.js";
import { filteredLines, LEVELS, logFilter } from "../state/log.js";
import { namesFunctions, namesOf, summary } from "../state/system.js";
import { countOf, Time } from "../ui/format.js";
import { html, onValue, useState } from "../ui/html.js";
import { WindowedList } from "../ui/windowed-list.js";
import { LoadFailures } from "./load-failure.js";
import { LevelBadge, textOf, WholeLine } from "./log-line.js";

export function LogPanel() {
  const failed = summary.value?.functions.some(({ loadFailure }) => loadFailure);
  const note = failed ? html`<b class="badge bad">cannot be loaded</b>` : countOf(filteredLines.value.length, "line");
  return html`<${Panel} id="log" title=${namesFunctions.value ? "Function logs" : "Function log"} note=${note} opens>
    <${LoadFailures} />
    <${LogFilter} />
    <${Lines} />
  <//>`;
}

/** @type {(change: Partial<typeof logFilter.value>) => void} */
const changeFilter = (change) => {
  logFilter.value = { ...logFilter.value, ...change };
};

/** @type {(functionName: string) => () => void} */
export const showLogOf = (functionName) => () => {
  if (namesFunctions.value) changeFilter({ functionName });
  goTo("log")();
};

function LogFilter() {
  const { level, text, functionName } = logFilter.value;
  return html`<search class="filters">
    <input
      type="search" aria-label="Search the log" placeholder="Search the log" value=${text}
      onInput=${onValue((text) => changeFilter({ text }))}
    />
    <${Choice}
      label="Function" names=${namesOf(summary.value?.functions)} chosen=${functionName} any="all"
      onChoose=${(/** @type {string} */ name) => changeFilter({ functionName: name })}
    />
    <div role="group" aria-label="Lowest level">
      ${LEVELS.map(
        (name) => html`<button
          key=${name} class="small" aria-pressed=${level === name}
          onClick=${() => changeFilter({ level: name })}
        >${name === "DEBUG" ? "all" : name === "ERROR" ? "ERROR" : `${name} up`}</button>`,
      )}
    </div>
  </search>`;
}

function Lines() {
  const [opened, setOpened] = useState(/** @type {LogLine | undefined} */ (undefined));
  const { text, level, functionName } = logFilter.value;
  const isFiltered = text || functionName || level !== "DEBUG";
  return html`
    <${WindowedList}
      id="log-lines" label="Lines of the function's log, newest last" newest="bottom" view=${JSON.stringify(logFilter.value)}
      items=${filteredLines.value} keyOf=${numberOf} heights=${[24, 44]} row=${Row} classOf=${classOf}
      openKey=${opened ? numberOf(opened) : ""} onOpen=${(/** @type {LogLine} */ line) => setOpened(line === opened ? undefined : line)}
      empty=${isFiltered ? "No line fits." : "The function has no lines yet."}
    />
    ${
      opened &&
      html`<div class="part">
        <${OpenRun} id=${opened.runId} />
        <${WholeLine} line=${opened} />
      </div>`
    }`;
}

/** @type {(line: LogLine) => string} */
const numberOf = ({ number }) => String(number);

/** @type {(line: LogLine) => string} */
const classOf = ({ level }) => (level === "ERROR" ? "failed" : "");

/** @type {(line: LogLine) => unknown} */
const Row = (line) =>
  html`<${Time} at=${line.time} /><${LevelBadge} line=${line} />${namesFunctions.value && html`<span class="function muted">${line.functionName}</span>`}<span class="message">${textOf(line)}</span>`;
