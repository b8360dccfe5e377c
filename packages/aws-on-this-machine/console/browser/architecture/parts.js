/**
 * The deployed parts, with their facts.
 *
 * @import { FunctionSummary, ScheduleSummary, SystemSummary } from "../../../system/running-system"
 */

import { showLogOf } from "../log/log-panel.js";
import { goTo } from "../page/panel.js";
import { showQueue } from "../queues/queues.js";
import { showTable } from "../records/records.js";
import { changeAddress } from "../state/address.js";
import { focusOn } from "../ui/focus.js";

/**
 * A part of the system. `category` is its class of colour, `go` leads to its place in the page.
 *
 * @typedef {object} Part
 * @property {string} address Terraform's
 * @property {string} category
 * @property {string} title
 * @property {string} service
 * @property {string} name
 * @property {() => void} [go]
 * @property {Record<string, string>} [facts]
 * @property {string} [state] `alarm`, `off`, `unserved` or empty
 */

/** @type {(filter: { source?: string, path?: string }) => () => void} */
const goToRuns =
  ({ source = "", path = "" }) =>
  () => {
    changeAddress({ source, path, run: "" });
    focusOn("runs");
  };

function goToAlarms() {
  const button = /** @type {HTMLElement | null} */ (document.querySelector("#alarms > button"));
  if (button?.ariaExpanded === "false") button.click();
  button?.focus();
}

/** @type {(summary: SystemSummary) => Part[]} */
export function partsOf(summary) {
  const { apis, schedules, tables, queues, alarms, unserved } = summary;
  const firing = alarms.filter(({ state }) => state === "ALARM").length;
  return [
    ...apis.map(({ address, name, ...api }) => ({
      address,
      name,
      category: "entry",
      title: "HTTP API",
      service: "API Gateway",
      go: goToRuns({ source: "request" }),
      facts: {
        Routes: api.routes.join(", "),
        ...(api.domains.length > 0 && { "Header Host": api.domains.join(", ") }),
        Throttle: `${api.rateLimit} a second, ${api.burstLimit} at once`,
        CORS: api.cors ? "on: other origins may call it" : "off",
        ...(api.logGroup && { "Access log": api.logGroup }),
        ...(api.archiveBucket && { "Log archive": api.archiveBucket }),
      },
    })),
    ...summary.functions.map((of) => functionPart(of, summary)),
    ...schedules.map((of) => schedulePart(of, schedules.length > 1)),
    ...queues.map(({ address, name, messages, isDeadLetterQueue }) => ({
      address,
      name,
      category: "event",
      title: isDeadLetterQueue ? "Dead-letter queue" : "Queue",
      service: "SQS",
      go: showQueue(name),
      facts: { Messages: String(messages) },
      state: isDeadLetterQueue && messages > 0 ? "alarm" : "",
    })),
    ...tables.map(({ address, name, keys }) => ({
      address,
      name,
      category: "store",
      title: "Table",
      service: "DynamoDB",
      go: showTable(name),
      facts: { Key: keys.join(", ") },
    })),
    // The drawing has one node for all of them.
    {
      address: "CloudWatch",
      name: "",
      category: "watch",
      title: "Alarms",
      service: "CloudWatch",
      go: goToAlarms,
      facts: { Firing: `${firing || "none"} of ${alarms.length}` },
      state: firing ? "alarm" : "",
    },
    ...unserved.map(({ address, reason }) => ({
      address,
      name: address,
      category: "client",
      title: "Not served here",
      service: "",
      facts: { Why: reason },
      state: "unserved",
    })),
  ];
}

/** @type {(of: ScheduleSummary, isOneOfSeveral: boolean) => Part} */
const schedulePart = ({ address, name, expression, isEnabled, functions }, isOneOfSeveral) => ({
  address,
  name,
  category: "event",
  title: "Schedule",
  service: "EventBridge",
  go: goToRuns({ source: "schedule", path: isOneOfSeveral ? name : "" }),
  facts: { When: expression, State: isEnabled ? "enabled" : "disabled", Invokes: functions.join(", ") },
  state: isEnabled ? "" : "off",
});

/** @type {(of: FunctionSummary, summary: SystemSummary) => Part} */
function functionPart({ address, name, loadFailure, ...of }, { eventSources }) {
  const sources = eventSources
    .filter(({ functionName }) => functionName === name)
    .map(({ source, isEnabled, problem }) => source + (problem ? ` (${problem})` : isEnabled ? "" : " (disabled)"));
  return {
    address,
    name,
    category: "compute",
    title: "Function",
    service: "Lambda",
    go: showLogOf(name),
    facts: {
      Runtime: of.runtime,
      Memory: `${of.usedMemoryMb} of ${of.memoryMb} MB used`,
      Timeout: `${of.timeoutSeconds} s`,
      Processes: `${of.busyProcesses} of ${of.processes} busy`,
      Source: of.source,
      Log: of.logGroup,
      ...(sources.length > 0 && { "Event sources": sources.join(", ") }),
      ...(loadFailure && { Fails: loadFailure.location ?? loadFailure.message }),
    },
    state: loadFailure ? "alarm" : "",
  };
}

/**
 * The targets of nodes without a part of their own, by Terraform's type.
 *
 * @type {Record<string, (senders: readonly string[], parts: readonly Part[]) => (() => void) | undefined>} `senders` are
 *     the addresses of the nodes with an arrow to the node
 */
export const CARRIERS = {
  aws_sns_topic: (senders) => (senders.includes("CloudWatch") ? goToAlarms : goToRuns({ source: "topic" })),
  aws_kinesis_firehose_delivery_stream: () => goTo("archive"),
  aws_s3_bucket: (senders) =>
    senders.some((sender) => sender.startsWith("aws_kinesis_firehose"))
      ? goTo("archive")
      : goToRuns({ source: "bucket" }),
  aws_cloudwatch_log_group: (senders, parts) =>
    parts.find(({ address, category }) => category === "compute" && senders.includes(address))?.go ?? goTo("archive"),
};
