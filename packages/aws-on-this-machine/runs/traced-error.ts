import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { FunctionError } from "../function/function-process";
import type { Code, InvocationRecord } from "../function/invocation";
import { parseObject } from "./log-line";
import type { Frame, TracedError } from "./run";
import { type Place, placesOf, readWrittenError } from "./trace";

/** An error with its places in the code, the innermost last. */
export interface FoundError {
  readonly type: string;
  readonly message: string;
  readonly places: readonly Place[];
}

/** The number of lines that a frame shows before and after its own. */
const AROUND = 5;

/**
 * Finds the error of an invocation: the one that left the function, else the latest one that it logged with its trace
 * before it answered by itself.
 */
export function findError({ outcome, log, code }: InvocationRecord): FoundError | undefined {
  if (!outcome?.isError) return findLoggedError(log.entries, code);
  const error = parseObject(outcome.payload) as FunctionError | undefined;
  if (!error) return undefined;
  const places = placesOf(error.stackTrace, code);
  const [, file, line] = /^(.+):(\d+)$/.exec(outcome.loadFailure?.location ?? "") ?? [];
  const found = places.length === 0 && file ? [{ file, line: Number(line), function: "<module>" }] : places;
  return { type: error.errorType, message: error.errorMessage, places: found };
}

/** Formats an error as a line, with its innermost place in the function's code. */
export function renderError({ type, message, places }: FoundError, { source }: Code): string {
  const place = places.at(-1);
  const text = [type, message]
    .filter(Boolean)
    .join(": ")
    // Lambda names the request in its own errors.
    .replace(/RequestId: [\da-f-]{36} Error: /, "")
    .replace(/\s*\n\s*/g, " ");
  return place ? `${text} (${join(source, place.file)}:${place.line})` : text;
}

/** Adds the code around an error's places, from the code that ran. */
export async function traceError({ type, message, places }: FoundError, code: Code): Promise<TracedError> {
  const frames = places.map(async ({ file, line, function: name }): Promise<Frame> => {
    const source = await readAround(join(code.folder, file), line);
    return { file: join(code.source, file), line, function: name, source };
  });
  return { type, message, frames: await Promise.all(frames) };
}

function findLoggedError(entries: InvocationRecord["log"]["entries"], code: Code): FoundError | undefined {
  // JSON is read only where a trace may be in it.
  const logged = entries
    .filter(({ raw, stackTrace: printed }) => printed || /"stackTrace"|\nTraceback /.test(raw))
    .at(-1);
  const found = logged && (parseObject(logged.raw) ?? readWrittenError(logged));
  const { stackTrace, errorType, error, errorMessage, errorCode, message }: Readonly<Record<string, unknown>> = {
    ...found,
  };
  const type = errorType ?? error;
  if (!Array.isArray(stackTrace) || typeof type !== "string") return undefined;
  const text = [errorMessage, errorCode, message].find((each) => typeof each === "string") ?? "";
  return { type, message: String(text), places: placesOf(stackTrace, code) };
}

async function readAround(path: string, line: number): Promise<Frame["source"]> {
  const text = await readFile(path, "utf8").catch(() => undefined);
  const lines = text?.replace(/\n$/, "").split("\n");
  if (!lines || line > lines.length) return undefined;
  const first = Math.max(0, line - 1 - AROUND);
  return { firstLine: first + 1, lines: lines.slice(first, line + AROUND) };
}
