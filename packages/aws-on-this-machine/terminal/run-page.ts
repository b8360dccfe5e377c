import { printable } from "@local/command-line/printable";
import { parseJson } from "@local/command-line/text/json";
import pc from "picocolors";
import type { AwsCall, Body, Invocation, LogLine, Run, TracedError } from "../runs/run";
import { INDENT, printableLines, renderText, renderTime } from "./layout";
import { LogLines, renderFrames } from "./log-lines";
import { renderRun, renderRunWithId } from "./run-line";

/** Renders the details of a run, the most important last. */
export function renderRunPage(run: Run): string {
  const { id, request, answer, event, accessLog, archivedIn, invocations, replayOf, isCut, lookupError } = run;
  const sections = [
    event === undefined ? "" : section("Event", renderText(event)),
    request ? section("Request", renderRequest(request)) : "",
    ...invocations.map((invocation, index) => renderInvocation(invocation, index + 1, run)),
    answer
      ? section(`Answer ${answer.status}`, renderHeaders(Object.entries(answer.headers)), renderBody(answer.body))
      : "",
    run.calls?.length ? section("AWS calls", ...run.calls.map(renderCall)) : "",
    ...renderItems(run),
    accessLog === undefined
      ? ""
      : section(
          "Access log",
          renderText(accessLog),
          archivedIn ? `in ${printable(archivedIn)}` : "not in the bucket yet",
        ),
    lookupError ? printable(`Calls, items or log archive could not be read: ${lookupError}`) : "",
    isCut ? "Only a part of this run is kept, because all runs together would need too much memory." : "",
    [section(`Run ${printable(id)}`, replayOf ? `replays ${printable(replayOf)}` : ""), renderRun(run)].join("\n"),
  ];
  return sections.filter(Boolean).join("\n\n");
}

/** Renders the outcome of a run: the answer's body, or the function's result or error. */
export function renderOutcome(run: Run): string {
  const { result = "", error } = run.invocations.at(-1) ?? {};
  const own = run.answer || error ? "" : renderText(result);
  const parts = [
    ...(error ? renderError(error) : []),
    run.answer ? renderBody(run.answer.body) : own,
    renderRunWithId(run),
  ];
  return parts.filter(Boolean).join("\n");
}

function renderCall({ status, service, operation, resource }: AwsCall): string {
  const shown = printable(`${status}  ${service} ${operation}  ${resource}`.trimEnd());
  return status < 400 ? shown : pc.yellow(shown);
}

function renderItems({ items, calls, lookupError }: Run): string[] {
  if (items.length === 0) return [section("Item", lookupError || !calls ? "not known" : "none")];
  return items.map(({ table, item }) => section(printable(`Item of ${table}`), renderText(JSON.stringify(item))));
}

function renderRequest({ method, target, headers, body }: NonNullable<Run["request"]>): string {
  return [printable(`${method} ${target}`), renderHeaders(headers), renderBody(body)].filter(Boolean).join("\n");
}

function renderHeaders(headers: readonly (readonly [string, string])[]): string {
  return headers.map(([name, value]) => pc.dim(printable(`${name}: ${value}`))).join("\n");
}

function renderBody({ text, isBase64, bytes, isCut }: Body): string {
  if (bytes === 0) return "";
  if (isBase64) return pc.dim(`(${bytes} bytes that are no UTF-8)`);
  return isCut ? `${printableLines(text)}\n${pc.dim(`(the beginning of ${bytes} bytes)`)}` : renderText(text);
}

function renderInvocation(invocation: Invocation, number: number, { answer, invocations }: Run): string {
  const count = invocations.length;
  const { durationMs, initMs, waitMs, usedMemoryMb, memoryMb, requestId, version, time, log, error, result } =
    invocation;
  const isRunning = result === "";
  const facts = [
    renderTime(time),
    version === undefined ? "" : `version ${version}`,
    isRunning ? "still running" : `${durationMs.toFixed(1)} ms`,
    initMs === undefined ? "" : `cold start ${initMs.toFixed(0)} ms`,
    waitMs >= 1 ? `waited ${waitMs.toFixed(0)} ms` : "",
    isRunning ? "" : `${usedMemoryMb.toFixed(0)} of ${memoryMb} MB`,
    printable(requestId),
  ];
  const lines = new LogLines();
  if (error) lines.leaveOut(error.frames);
  const written = log.filter((line) => !line.isReport && !isSaidBy(error, line)).flatMap((line) => lines.render(line));
  return [
    pc.bold(count > 1 ? `Function, try ${number} of ${count}` : "Function"),
    `  ${pc.dim(facts.filter(Boolean).join("  "))}`,
    ...written.map((line) => line.replace(INDENT, "  ")),
    ...(error ? renderError(error).map((line) => `  ${line}`) : []),
    ...(error || isRunning || isAnswer(result, answer) ? [] : [section("Result", renderText(result))]),
  ].join("\n");
}

/** Whether a line only repeats the error, which follows below. */
function isSaidBy(error: TracedError | undefined, { message, fields }: LogLine): boolean {
  return error !== undefined && "stackTrace" in fields && message === describe(error);
}

function describe({ type, message }: TracedError): string {
  return [type, message].filter(Boolean).join(": ");
}

/** Whether the API answers exactly with the function's result. */
function isAnswer(result: string, answer: Run["answer"]): boolean {
  return answer !== undefined && Object(parseJson(result)).body === answer.body.text;
}

/** Renders an error, its places, and the code around the innermost. */
function renderError(error: TracedError): string[] {
  const { frames } = error;
  const { line, source } = frames.at(-1) ?? {};
  const code = source?.lines.map((text, index) => {
    const number = source.firstLine + index;
    const shown = `  ${number === line ? ">" : " "} ${String(number).padStart(4)}  ${printable(text)}`.trimEnd();
    return number === line ? shown : pc.dim(shown);
  });
  return [
    ...printableLines(describe(error))
      .split("\n")
      .map((each) => pc.red(each)),
    ...renderFrames(frames).map((each) => each.replace(INDENT, "")),
    ...(code ?? []),
  ];
}

function section(title: string, ...parts: readonly string[]): string {
  const lines = parts.filter(Boolean).flatMap((part) => part.split("\n"));
  return [pc.bold(title), ...lines.map((line) => `  ${line}`)].join("\n");
}
