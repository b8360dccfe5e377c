import pc from "picocolors";
import type { FunctionSummary, QueueMessage, QueueSummary } from "../system/running-system";
import { type Column, renderTable, renderTime, terminalWidth } from "./layout";
import { shortId } from "./run-line";

const dim = (text: string) => pc.dim(text);

const FUNCTION_COLUMNS: readonly Column<FunctionSummary>[] = [
  { text: ({ name }) => name, paint: pc.cyan },
  { text: ({ runtime }) => runtime },
  { text: ({ timeoutSeconds }) => `${timeoutSeconds} s`, paint: dim },
  { text: ({ usedMemoryMb, memoryMb }) => `${usedMemoryMb} of ${memoryMb} MB`, paint: dim },
  { text: ({ busyProcesses, processes }) => `${busyProcesses} of ${processes} processes busy`, paint: dim },
  { text: ({ source }) => source, isFlexible: true },
  { text: failureOf, paint: pc.red, isFlexible: true },
];

const QUEUE_COLUMNS: readonly Column<QueueSummary>[] = [
  { text: ({ name }) => name, paint: pc.cyan },
  { text: ({ messages }) => `${messages} ${messages === 1 ? "message" : "messages"}`, paint: paintCount },
  { text: ({ isDeadLetterQueue }) => (isDeadLetterQueue ? "dead letters" : ""), paint: dim },
];

/** Only for dead letters. */
const RUN_COLUMN: Column<QueueMessage> = {
  text: ({ runId }) => (runId === undefined ? "" : `run ${shortId(runId)}`),
  paint: pc.cyan,
};

const MESSAGE_COLUMNS: readonly Column<QueueMessage>[] = [
  { text: ({ sentAt }) => renderTime(sentAt), paint: dim },
  { text: ({ letter, body }) => letter?.what ?? body, isFlexible: true },
  RUN_COLUMN,
  { text: ({ letter }) => letter?.error ?? "", paint: pc.red, isFlexible: true },
];

export function renderFunctions(functions: readonly FunctionSummary[], width = terminalWidth()): string {
  return functions.length > 0 ? renderTable(functions, FUNCTION_COLUMNS, width) : "The system has no function.";
}

export function renderQueues(queues: readonly QueueSummary[], width = terminalWidth()): string {
  return renderTable(queues, QUEUE_COLUMNS, width);
}

/** Renders the messages of a queue as a table, the oldest first. */
export function renderMessages(messages: readonly QueueMessage[], width = terminalWidth()): string {
  const hasRun = messages.some(({ runId }) => runId !== undefined);
  const columns = hasRun ? MESSAGE_COLUMNS : MESSAGE_COLUMNS.filter((column) => column !== RUN_COLUMN);
  return messages.length > 0 ? renderTable(messages, columns, width) : "The queue has no message.";
}

/** The last line of an error is its reason. */
function failureOf({ loadFailure }: FunctionSummary): string {
  if (!loadFailure) return "";
  const { message, location } = loadFailure;
  return ["cannot be loaded:", location, message.trim().split("\n").at(-1)].filter(Boolean).join(" ");
}

function paintCount(text: string, { isDeadLetterQueue, messages }: QueueSummary): string {
  return isDeadLetterQueue && messages > 0 ? pc.red(text) : text;
}
