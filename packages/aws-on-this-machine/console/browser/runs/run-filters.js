import { address, changeAddress } from "../state/address.js";
import { choices, classCounts, filteredRuns } from "../state/filter.js";
import { isPaused, missedRuns, shownRuns, togglePause } from "../state/runs.js";
import { namesFunctions } from "../state/system.js";
import { countOf, formatNumber } from "../ui/format.js";
import { html, onValue } from "../ui/html.js";

export function RunFilters() {
  const { methods, sources, functions, paths } = choices.value;
  return html`<search class="filters">
    <input
      id="search" type="search" aria-label="Search the runs" aria-keyshortcuts="/" placeholder="Search method, path, id, error  ( / )"
      autocomplete="off" value=${address.value.text}
      onInput=${onValue((text) => changeAddress({ text }))}
    />
    <span class="muted">${countText()}</span>
    <button class="small" aria-pressed=${isPaused.value} onClick=${togglePause}>
      ${isPaused.value ? `Resume (${formatNumber(missedRuns.value)} new)` : "Pause"}
    </button>
    <div role="group" aria-label="Result">
      <${ClassButton} name="" />
      ${classCounts.value.map(
        ({ name, count }) =>
          (count > 0 || address.value.status === name) &&
          html`<${ClassButton} key=${name} name=${name} count=${count} />`,
      )}
    </div>
    <div>
      <${Choice} name="method" values=${methods} />
      <${Choice} name="source" values=${sources} />
      ${(namesFunctions.value || address.value.function) && html`<${Choice} name="function" values=${functions} />`}
      <${Choice} name="path" values=${paths} />
    </div>
  </search>`;
}

function countText() {
  const [shown, all] = [filteredRuns.value.length, shownRuns.value.length];
  return shown === all ? countOf(all, "run") : `${formatNumber(shown)} of ${formatNumber(all)}`;
}

/** @param {{ name: "method" | "source" | "function" | "path", values: string[] }} props */
function Choice({ name, values }) {
  const chosen = address.value[name];
  return html`<select
    aria-label="Filter by ${name}" value=${chosen}
    onChange=${onValue((value) => changeAddress({ [name]: value }))}
  >
    <option value="">any ${name}</option>
    ${[...new Set([...(chosen ? [chosen] : []), ...values])].map((value) => html`<option key=${value} value=${value}>${value}</option>`)}
  </select>`;
}

/** @param {{ name: string, count?: number }} props */
function ClassButton({ name, count }) {
  const isChosen = address.value.status === name;
  return html`<button
    class="small" aria-pressed=${isChosen} onClick=${() => changeAddress({ status: isChosen ? "" : name })}
  >${name || "all"}${count !== undefined && html` <span class="muted">${formatNumber(count)}</span>`}</button>`;
}
