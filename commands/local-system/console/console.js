/**
 * The script of the local console's page: asks the server how the system is doing, and shows it.
 *
 * Whatever it shows may have come from anybody who can call the API, so that it is only ever inserted as text.
 *
 * @import { AlarmSummary, ArchivedLog, Item, ScheduleRun, SystemSummary, TestAnswer } from "../system"
 */

const POLL_MS = 1000;
const POLL_TIMEOUT_MS = 10_000;
/** Items and archived log are asked for at most this often. */
const CONTENT_MS = 2000;
/** Log lines reach the archive a moment after their requests: for so long after a change it is asked for again. */
const SETTLE_MS = 8000;
const CONTENT_LIMIT = 20;
/** The order of an item's attributes; others come after these. */
const FIRST_ATTRIBUTES = ["Timestamp", "Source", "Method", "Path", "Body", "RequestId"];

const timeFormat = new Intl.DateTimeFormat([], { timeStyle: "medium" });
const dateTimeFormat = new Intl.DateTimeFormat([], { dateStyle: "short", timeStyle: "medium" });

// Elements

/** @returns {any} the first element in `parent` that matches */
const find = (/** @type {string} */ selector, /** @type {ParentNode} */ parent = document) =>
  parent.querySelector(selector);

/**
 * @param {string} tag
 * @param {{ class?: string, text?: string, level?: string }} [options]
 * @param {Node[]} children
 */
function element(tag, options = {}, ...children) {
  const made = document.createElement(tag);
  if (options.class) made.className = options.class;
  if (options.level) made.dataset.level = options.level;
  if (options.text !== undefined) made.textContent = options.text;
  made.append(...children);
  return made;
}

/** Leaves a text that is as it should be alone: somebody may have selected it. */
function setText(/** @type {Element} */ target, /** @type {string} */ text) {
  if (target.textContent !== text) target.textContent = text;
}

function timeElement(/** @type {number} */ time, format = timeFormat) {
  const made = document.createElement("time");
  made.dateTime = new Date(time).toISOString();
  made.textContent = format.format(time);
  return made;
}

/**
 * Makes a list show `values`. What it shows already is kept, so that a selection or an opened line stays.
 *
 * @template T
 * @param {Element} list
 * @param {readonly T[]} values
 * @param {(value: T) => HTMLElement} make
 * @param {(value: T) => string} keyOf
 */
function showList(list, values, make, keyOf = (value) => JSON.stringify(value)) {
  const isFirst = !list.hasAttribute("data-shown");
  list.setAttribute("data-shown", "");
  /** @type {Map<string, HTMLElement[]>} */
  const old = new Map();
  for (const child of /** @type {Iterable<HTMLElement>} */ (list.children)) {
    const key = child.dataset.key ?? "";
    old.set(key, [...(old.get(key) ?? []), child]);
  }
  const wanted = values.map((value) => {
    const key = keyOf(value);
    const kept = old.get(key)?.shift();
    if (kept) return kept;
    const made = make(value);
    made.dataset.key = key;
    if (!isFirst) made.classList.add("new");
    return made;
  });
  for (const child of [...old.values()].flat()) child.remove();
  let next = list.firstElementChild;
  for (const child of wanted) {
    if (child === next) next = next.nextElementSibling;
    else list.insertBefore(child, next);
  }
}

// Server

/** Nothing answers at the page's address. */
class ConnectionLost extends Error {}

/**
 * @param {string} path
 * @param {RequestInit} [options]
 */
async function ask(path, options) {
  const response = await fetch(path, options).catch((error) => {
    throw error instanceof TypeError ? new ConnectionLost("npm start has ended.") : error;
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.message);
  return answer;
}

const reason = (/** @type {unknown} */ error) => (error instanceof Error ? error.message : String(error));

// Summary

const several = (/** @type {number} */ count, /** @type {string} */ one, many = `${one}s`) =>
  `${count} ${count === 1 ? one : many}`;

/** @param {AlarmSummary} alarm */
const isFiring = (alarm) => alarm.state === "ALARM";

/**
 * What is shown where the page has `data-text`.
 *
 * @param {SystemSummary} summary
 * @returns {Record<string, string>}
 */
function texts({ api, function: fn, schedule, table, logArchive, deadLetterQueue, alarms }) {
  const firing = alarms.filter(isFiring).length;
  return {
    "api.name": api.name,
    "api.url": api.url,
    "api.routes": api.routes.join(", "),
    "api.throttle": `${api.rateLimit} a second, ${api.burstLimit} at once`,
    "api.cors": api.cors ? "on" : "off",
    "api.logGroup": api.logGroup,
    "function.name": fn.name,
    "function.runtime": fn.runtime,
    "function.memory": `${fn.usedMemoryMb} of ${fn.memoryMb} MB used`,
    "function.timeout": `${fn.timeoutSeconds} s`,
    "function.processes": `${fn.busyProcesses} of ${fn.processes} busy`,
    "function.logGroup": fn.logGroup,
    "table.name": table.name,
    "schedule.name": schedule.name,
    "schedule.expression": schedule.expression,
    "schedule.state": schedule.state,
    "logArchive.bucket": logArchive.bucket,
    "deadLetterQueue.name": deadLetterQueue.name,
    "deadLetterQueue.messages": several(deadLetterQueue.messages, "message"),
    alarms: firing > 0 ? `${firing} of ${several(alarms.length, "alarm")} firing` : `none of ${alarms.length} firing`,
    curl: `curl -d '{"hello": "world"}' ${api.url}`,
  };
}

/** Selects a resource in the diagram, by its Terraform type and its name. */
const inDiagram = (/** @type {string} */ type, /** @type {string} */ name) =>
  `#diagram .${type}[data-name="${CSS.escape(name)}"]`;

/**
 * @param {string} selector
 * @param {"alarm" | "off" | false} state
 */
function showState(selector, state) {
  for (const target of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(selector))) {
    target.dataset.state = state || "";
  }
}

/** @param {SystemSummary} summary */
function showSummary(summary) {
  const text = texts(summary);
  for (const target of document.querySelectorAll("[data-text]")) {
    setText(target, text[target.getAttribute("data-text") ?? ""] ?? "");
  }
  const link = find("#api-url");
  if (link.getAttribute("href") !== summary.api.url) link.href = summary.api.url;
  const { deadLetterQueue, schedule, alarms } = summary;
  showState(`#queue, ${inDiagram("aws_sqs_queue", deadLetterQueue.name)}`, deadLetterQueue.messages > 0 && "alarm");
  showState("#alarms, #diagram .aws_cloudwatch_metric_alarm", alarms.some(isFiring) && "alarm");
  showState(
    `#schedule, ${inDiagram("aws_cloudwatch_event_rule", schedule.name)}`,
    schedule.state !== "ENABLED" && "off",
  );

  showList(find("#requests"), summary.requests, (request) =>
    row(
      timeElement(request.time),
      element("b", { text: request.method }),
      wide(request.path),
      element("b", { class: "badge", level: levelOf(request.status), text: String(request.status) }),
      number(request.milliseconds),
      code(request.requestId),
    ),
  );
  showList(
    find("#alarm-list"),
    summary.alarms,
    (alarm) =>
      element(
        "li",
        {},
        element("span", { class: "name", text: alarm.name }),
        element("b", { class: "badge" }),
        element("span", { class: "note", text: alarm.description }),
        element("span", { class: "note value" }),
        element("span", { class: "bar" }, element("i")),
      ),
    ({ value, state, ...alarm }) => JSON.stringify(alarm),
  );
  summary.alarms.forEach((alarm, index) => {
    showAlarm(find("#alarm-list").children[index], alarm);
  });
}

/**
 * @param {Element} line
 * @param {AlarmSummary} alarm
 */
function showAlarm(line, { metric, threshold, value, periodSeconds, evaluationPeriods, state }) {
  const level = state === "ALARM" ? "bad" : state === "OK" ? "good" : "none";
  const badge = find(".badge", line);
  setText(badge, state);
  badge.dataset.level = level;
  const periods = evaluationPeriods > 1 ? `, ${evaluationPeriods} times in a row` : "";
  const current = value === undefined ? "" : `${Number(value.toFixed(1))} now, `;
  setText(find(".value", line), `${metric} in ${periodSeconds} s: ${current}alarm above ${threshold}${periods}`);
  const bar = find(".bar", line);
  bar.hidden = value === undefined;
  // Above its threshold for a first period, an alarm of several is still OK.
  bar.dataset.level = (value ?? 0) > threshold ? "bad" : "good";
  // A threshold of 0 is reached by whatever is above it.
  const share = (value ?? 0) <= 0 ? 0 : threshold > 0 ? Math.min(1, (value ?? 0) / threshold) : 1;
  find("i", bar).style.width = `${100 * share}%`;
}

// Tables

/** @param {HTMLElement[]} cells what stands in them, or the cells themselves */
const row = (...cells) =>
  element("tr", {}, ...cells.map((cell) => (cell.tagName === "TD" ? cell : element("td", {}, cell))));
const wide = (/** @type {string} */ text) => element("td", { class: "wide code", text });
/** A cell that scrolls where the text is long, so that the other rows stay in sight. */
const clipped = (/** @type {string} */ text) => {
  const cell = element("td", { class: "wide code" });
  cell.append(element("div", { class: "clip", text }));
  return cell;
};
const code = (/** @type {string} */ text) => element("td", { class: "code", text });
const number = (/** @type {number} */ value) =>
  element("td", { class: "number", text: Math.round(value).toLocaleString() });

const levelOf = (/** @type {number} */ status) =>
  status >= 500 ? "bad" : status >= 400 ? "warn" : status >= 300 ? "info" : "good";

/** @param {Item[]} items */
function showItems(items) {
  const found = new Set(items.flatMap(Object.keys));
  const columns = [...FIRST_ATTRIBUTES.filter((name) => found.delete(name)), ...found];
  showList(find("#item-columns"), columns, (name) => {
    const header = element("th", { text: name });
    header.setAttribute("scope", "col");
    return header;
  });
  showList(
    find("#items"),
    items,
    (item) =>
      row(
        ...columns.map((name) => {
          const value = item[name];
          const text = value === undefined ? "" : typeof value === "string" ? value : JSON.stringify(value);
          if (name === "Body") return clipped(text);
          return name === "Path" ? wide(text) : code(text);
        }),
      ),
    // Where a new item brings a new column, each row gets another cell.
    (item) => JSON.stringify([columns, item]),
  );
}

/** @param {ArchivedLog} log */
function showArchivedLog({ objects, lines }) {
  showList(find("#objects"), objects, ({ key, bytes, time }) =>
    row(timeElement(time, dateTimeFormat), wide(key), number(bytes)),
  );
  showList(find("#lines"), lines, (line) =>
    element(
      "li",
      {},
      element(
        "details",
        {},
        element("summary", { class: "code", text: line }),
        element("pre", { class: "code", text: indented(line) }),
      ),
    ),
  );
}

function indented(/** @type {string} */ line) {
  try {
    return JSON.stringify(JSON.parse(line), undefined, 2);
  } catch {
    return line;
  }
}

// Polling

/** @type {number | undefined} */
let timer;
/** @type {string | undefined} */
let shownRequests;
let contentWantedUntil = 0;
let isRefreshing = false;
let contentAskedAt = 0;
let summaryAt = Date.now();

async function poll() {
  if (document.hidden) return;
  try {
    /** @type {SystemSummary} */
    const summary = await ask("/api/summary", { signal: AbortSignal.timeout(POLL_TIMEOUT_MS) });
    showSummary(summary);
    summaryAt = Date.now();
    showConnection();
    const requests = JSON.stringify(summary.requests);
    if (requests !== shownRequests) expectContent();
    shownRequests = requests;
    refreshContent();
  } catch (error) {
    showConnection(error);
  } finally {
    // The page may have been hidden and shown again meanwhile, which starts it anew.
    clearTimeout(timer);
    timer = setTimeout(poll, POLL_MS);
  }
}

/** @param {unknown} [error] */
function showConnection(error) {
  const trouble = find("#trouble");
  const connection = find("#connection");
  connection.dataset.state = error ? "lost" : "live";
  setText(connection, error ? "connection lost" : "live");
  trouble.hidden = !error;
  if (!error) return;
  const since = `What is shown is how it was at ${timeFormat.format(summaryAt)}.`;
  const what =
    error instanceof ConnectionLost
      ? "npm start has ended. This page resumes once it runs at this address again."
      : `The system does not answer: ${reason(error)}`;
  setText(trouble, `${what} ${since}`);
}

/** Items and archived log may be others from now on. */
function expectContent() {
  contentWantedUntil = Date.now() + SETTLE_MS;
}

function refreshContent() {
  const now = Date.now();
  if (now > contentWantedUntil || now - contentAskedAt < CONTENT_MS) return;
  // Each answer reads the whole table and the whole bucket: never ask again before it is there.
  if (isRefreshing) return;
  isRefreshing = true;
  contentAskedAt = now;
  Promise.all([
    refresh("/api/items", showItems, find("#items-trouble")),
    refresh("/api/archived-log", showArchivedLog, find("#log-trouble")),
  ]).finally(() => {
    isRefreshing = false;
  });
}

/**
 * @param {string} path
 * @param {(answer: any) => void} show
 * @param {Element} trouble
 */
async function refresh(path, show, trouble) {
  try {
    show(await ask(`${path}?limit=${CONTENT_LIMIT}`, { signal: AbortSignal.timeout(POLL_TIMEOUT_MS) }));
    setText(trouble, "");
  } catch (error) {
    // That nothing answers is told for the whole page.
    if (!(error instanceof ConnectionLost)) setText(trouble, reason(error));
  }
}

// Actions

/**
 * Does something once at a time, and shows what comes of it. The button keeps the focus, which a disabled one would lose.
 *
 * @param {HTMLElement} button
 * @param {HTMLElement} output
 * @param {() => Promise<{ level: string, outcome: string, id?: string, text: string }>} work
 */
async function act(button, output, work) {
  if (button.getAttribute("aria-disabled") === "true") return;
  button.setAttribute("aria-disabled", "true");
  const result = await work().catch((error) => ({ level: "bad", outcome: "failed", id: "", text: reason(error) }));
  const badge = find(".badge", output);
  badge.dataset.level = result.level;
  badge.textContent = result.outcome;
  find(".id", output).textContent = result.id ?? "";
  find(".text", output).textContent = result.text;
  output.hidden = false;
  button.removeAttribute("aria-disabled");
  expectContent();
  poll();
}

find("#fire").addEventListener("click", () =>
  act(find("#fire"), find("#fired"), async () => {
    /** @type {ScheduleRun} */
    const { outcome, eventId, error } = await ask("/api/schedule", { method: "POST" });
    return { level: outcome === "processed" ? "good" : "bad", outcome, id: `event ${eventId}`, text: error ?? "" };
  }),
);

find("#send").addEventListener("submit", (/** @type {SubmitEvent} */ event) => {
  event.preventDefault();
  const form = find("#send");
  const value = (/** @type {string} */ name) => {
    const field = form.elements.namedItem(name);
    return field.disabled ? "" : field.value;
  };
  act(find("button", form), find("#answer"), async () => {
    const body = value("body");
    const contentType = value("contentType").trim();
    const request = {
      method: value("method"),
      path: value("path"),
      ...(body && { body }),
      ...(body && contentType && { headers: { "content-type": contentType } }),
    };
    /** @type {TestAnswer} */
    const answer = await ask("/api/requests", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(request),
    });
    return {
      level: levelOf(answer.status),
      outcome: String(answer.status),
      id: `request ${answer.requestId}`,
      text: answer.body,
    };
  });
});

// A request that these methods bring has no body.
find("#send").addEventListener("input", () => {
  const { method, body, contentType } = find("#send").elements;
  body.disabled = contentType.disabled = ["GET", "HEAD"].includes(method.value);
});

// Start

// Not every browser lets the keyboard scroll what has no focus.
for (const area of document.querySelectorAll(".scroll")) area.setAttribute("tabindex", "0");

document.addEventListener("visibilitychange", () => {
  // What changed meanwhile is not known.
  expectContent();
  poll();
});
expectContent();
poll();
