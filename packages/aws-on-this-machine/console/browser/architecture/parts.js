/**
 * The deployed parts, with their facts.
 *
 * @import { SystemSummary } from "../../../system/running-system"
 */

import { goTo } from "../page/panel.js";
import { changeAddress } from "../state/address.js";
import { focusOn } from "../ui/focus.js";

/**
 * A part of the system: its classes in the diagram, its title, its AWS service, its name on AWS, a function that leads
 * to its place in the page, its facts, its state.
 *
 * @typedef {[string, string, string, string, () => void, Record<string, string>?, ("alarm" | "off" | "")?]} Part
 */

/** @type {(source: string) => () => void} */
const goToRuns = (source) => () => {
  changeAddress({ source, run: "" });
  focusOn("runs");
};

function goToAlarms() {
  const button = /** @type {HTMLElement | null} */ (document.querySelector("#alarms > button"));
  if (button?.ariaExpanded === "false") button.click();
  button?.focus();
}

/** The targets of nodes without a part of their own. @type {[type: string, go: () => void][]} */
export const CARRIERS = [
  ["aws_sns_topic", goToAlarms],
  ["aws_kinesis_firehose_delivery_stream", goTo("archive")],
  ["aws_cloudwatch_log_group", goTo("archive")],
];

/** @type {(summary: SystemSummary) => Part[]} */
export function partsOf({ api, function: fn, schedule, table, logArchive, deadLetterQueue: queue, alarms }) {
  const apiFacts = {
    Routes: api.routes.join(", "),
    Throttle: `${api.rateLimit} a second, ${api.burstLimit} at once`,
    CORS: api.cors ? "on: other origins may call it" : "off",
  };
  const functionFacts = {
    Runtime: fn.runtime,
    Memory: `${fn.usedMemoryMb} of ${fn.memoryMb} MB used`,
    Timeout: `${fn.timeoutSeconds} s`,
    Processes: `${fn.busyProcesses} of ${fn.processes} busy`,
  };
  const scheduleFacts = { When: schedule.expression, State: schedule.state };
  const scheduleState = schedule.state === "ENABLED" ? "" : "off";
  const scheduled = goToRuns("schedule");
  const queueFacts = { Messages: String(queue.messages) };
  const firing = alarms.filter(({ state }) => state === "ALARM").length;
  const alarmFacts = { Firing: `${firing || "none"} of ${alarms.length}` };
  return /** @type {Part[]} */ ([
    ["entry aws_apigatewayv2_api", "HTTP API", "API Gateway", api.name, goToRuns("request"), apiFacts],
    ["compute aws_lambda_function", "Function", "Lambda", fn.name, goTo("log"), functionFacts],
    ["store aws_dynamodb_table", "Table", "DynamoDB", table.name, goTo("items")],
    [
      "event aws_cloudwatch_event_rule",
      "Schedule",
      "EventBridge",
      schedule.name,
      scheduled,
      scheduleFacts,
      scheduleState,
    ],
    [
      "event aws_sqs_queue",
      "Dead-letter queue",
      "SQS",
      queue.name,
      goTo("letters"),
      queueFacts,
      queue.messages ? "alarm" : "",
    ],
    ["watch aws_cloudwatch_metric_alarm", "Alarms", "CloudWatch", "", goToAlarms, alarmFacts, firing ? "alarm" : ""],
    ["watch aws_cloudwatch_log_group", "Access log", "CloudWatch Logs", api.logGroup, goTo("archive")],
    ["watch aws_cloudwatch_log_group", "Function log", "CloudWatch Logs", fn.logGroup, goTo("log")],
    ["store aws_s3_bucket", "Log archive", "S3", logArchive.bucket, goTo("archive")],
  ]);
}
