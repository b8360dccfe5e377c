/**
 * Shows what is deployed and how it is doing: a tile for each part, its state in the diagram, and the alarms.
 *
 * @import { AlarmSummary, SystemSummary } from "../../system"
 */

import { badge, colour, element, find, setText, showList } from "./dom.js";

/**
 * A part of the system: its classes in the diagram, what it is, its service on AWS, its name there, facts, its state.
 *
 * @typedef {[string, string, string, string, Record<string, string>, ("alarm" | "off" | "")?]} Part
 */

/** @type {(summary: SystemSummary) => void} */
export function showSummary(summary) {
  const parts = partsOf(summary);
  showList(find("#parts"), parts, partElement);
  for (const [classes, , service, name, , state = ""] of parts) {
    const selector = `.${classes.replace(" ", ".")}.name-${CSS.escape(name || service)}`;
    document.querySelector(`#diagram ${selector}`)?.setAttribute("data-state", state);
  }
  showList(find("#alarms"), summary.alarms, alarmElement);
  setText(find("#curl"), `curl -d '{"hello": "world"}' ${summary.api.url}`);
}

/** @type {(summary: SystemSummary) => Part[]} */
function partsOf({ api, function: fn, schedule, table, logArchive, deadLetterQueue: queue, alarms }) {
  const apiFacts = {
    Address: api.url,
    Routes: api.routes.join(", "),
    Throttle: `${api.rateLimit} a second, ${api.burstLimit} at once`,
    CORS: api.cors ? "on: other origins may call it" : "off",
  };
  const functionFacts = {
    Runtime: fn.runtime,
    Memory: `${fn.usedMemoryMb} of ${fn.memoryMb} MB used`,
    Timeout: `${fn.timeoutSeconds} s`,
    Processes: `${fn.busyProcesses} of ${fn.processes} busy`,
    "Log group": fn.logGroup,
  };
  const tableFacts = { Items: "one for each request and each scheduled run" };
  const scheduleFacts = { When: schedule.expression, State: schedule.state };
  const scheduleState = schedule.state === "ENABLED" ? "" : "off";
  const queueFacts = { Messages: String(queue.messages) };
  const firing = alarms.filter(({ state }) => state === "ALARM").length;
  const alarmFacts = { Firing: `${firing || "none"} of ${alarms.length}` };
  return [
    ["entry aws_apigatewayv2_api", "HTTP API", "API Gateway", api.name, apiFacts],
    ["compute aws_lambda_function", "Function", "Lambda", fn.name, functionFacts],
    ["store aws_dynamodb_table", "Table", "DynamoDB", table.name, tableFacts],
    ["event aws_cloudwatch_event_rule", "Schedule", "EventBridge", schedule.name, scheduleFacts, scheduleState],
    ["event aws_sqs_queue", "Dead-letter queue", "SQS", queue.name, queueFacts, queue.messages ? "alarm" : ""],
    ["watch aws_cloudwatch_metric_alarm", "Alarms", "CloudWatch", "", alarmFacts, firing ? "alarm" : ""],
    ["watch aws_cloudwatch_log_group", "Access log", "CloudWatch Logs", api.logGroup, {}],
    ["store aws_s3_bucket", "Log archive", "S3", logArchive.bucket, {}],
  ];
}

/** @type {(part: Part) => HTMLElement} */
function partElement([classes, title, service, name, facts, state = ""]) {
  const lines = Object.entries(facts).flatMap(([term, fact]) => {
    const link = () => element("a", { href: fact, target: "_blank", rel: "noreferrer" }, fact);
    return [element("dt", {}, term), element("dd", {}, fact.startsWith("http://") ? link() : fact)];
  });
  const heading = element("h3", {}, `${title} `, element("small", {}, service));
  const made = element("article", { className: `part ${classes}` }, heading);
  made.append(element("p", { className: "name" }, name), element("dl", {}, ...lines));
  made.dataset.state = state;
  return made;
}

/** @type {(alarm: AlarmSummary) => HTMLElement} */
function alarmElement({ name, description, metric, threshold, value, periodSeconds, evaluationPeriods, state }) {
  const level = state === "ALARM" ? "bad" : state === "OK" ? "good" : "muted";
  const current = value === undefined ? "" : `${Number(value.toFixed(1))} now, `;
  const periods = evaluationPeriods > 1 ? `, ${evaluationPeriods} times in a row` : "";
  return element(
    "li",
    {},
    element("span", { className: "name" }, name),
    badge(state, level),
    element("p", {}, description),
    element("p", {}, `${metric} in ${periodSeconds} s: ${current}alarm above ${threshold}${periods}`),
    ...(value === undefined ? [] : [bar(value, threshold)]),
  );
}

/** @type {(value: number, threshold: number) => HTMLElement} */
function bar(value, threshold) {
  const filled = element("i");
  // A threshold of 0 is reached by whatever is above it.
  const share = value <= 0 ? 0 : threshold > 0 ? Math.min(1, value / threshold) : 1;
  filled.style.width = `${100 * share}%`;
  // Above its threshold for a first period, an alarm of several is still OK.
  return colour(element("p", { className: "bar" }, filled), value > threshold ? "bad" : "good");
}
