import { readFile } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import type { FunctionError } from "../function/function-process";
import type { InvocationRecord } from "../function/invocation";
import type { Frame, TracedError } from "../run";
import { parseObject } from "./log-line";

/** Names a file of the code by its place in the project, such as `lambda-src/index.py` for `index.py`. */
export type ProjectPath = (file: string) => string;

/** A place in the function's code. The file is relative to the code's folder. */
interface Place {
  readonly file: string;
  readonly line: number;
  readonly function: string;
}

/** An error with its places in the code, the innermost last. */
export interface FoundError {
  readonly type: string;
  readonly message: string;
  readonly places: readonly Place[];
}

/** How many lines a frame shows before and after its own. */
const AROUND = 5;

/** An entry of Python's trace. Lambda writes a syntax error's without the comma, and it has no function. */
const ENTRY = /^\s*File "(.+)",? [Ll]ine (\d+)(?:, in (.+))?/;

/**
 * Finds the error of an invocation: the one that left the function, else the latest one that it logged with its trace
 * before it answered by itself.
 */
export function findError({ outcome, log, codeFolder }: InvocationRecord): FoundError | undefined {
  if (!outcome?.isError) return findLoggedError(log.entries, codeFolder);
  const error = parseObject(outcome.payload) as FunctionError | undefined;
  if (!error) return undefined;
  const places = placesOf(error.stackTrace, codeFolder);
  const [, file, line] = /^(.+):(\d+)$/.exec(outcome.loadFailure?.location ?? "") ?? [];
  const found = places.length === 0 && file ? [{ file, line: Number(line), function: "<module>" }] : places;
  return { type: error.errorType, message: error.errorMessage, places: found };
}

/** Formats an error as a line, with its innermost place in the function's code. */
export function renderError({ type, message, places }: FoundError, projectPath: ProjectPath): string {
  const place = places.at(-1);
  const text = [type, message]
    .filter(Boolean)
    .join(": ")
    .replace(/\s*\n\s*/g, " ");
  return place ? `${text} (${projectPath(place.file)}:${place.line})` : text;
}

/** Adds the code around an error's places, as it was when the function ran. */
export async function traceError(
  { type, message, places }: FoundError,
  codeFolder: string,
  projectPath: ProjectPath,
): Promise<TracedError> {
  const frames = places.map(async ({ file, line, function: name }): Promise<Frame> => {
    const source = await readAround(join(codeFolder, file), line);
    return { file: projectPath(file), line, function: name, source };
  });
  return { type, message, frames: await Promise.all(frames) };
}

function findLoggedError(entries: InvocationRecord["log"]["entries"], codeFolder: string): FoundError | undefined {
  // JSON is read only where a trace may be in it.
  const logged = entries.filter(({ raw }) => raw.includes('"stackTrace"')).at(-1);
  const { stackTrace, errorType, error, errorMessage, errorCode, message } = parseObject(logged?.raw ?? "") ?? {};
  const type = errorType ?? error;
  if (!Array.isArray(stackTrace) || typeof type !== "string") return undefined;
  const text = [errorMessage, errorCode, message].find((each) => typeof each === "string") ?? "";
  return { type, message: String(text), places: placesOf(stackTrace, codeFolder) };
}

/** The places within the function's own code, and nothing else: what the function writes leads to no other file. */
function placesOf(stackTrace: unknown, codeFolder: string): Place[] {
  const entries = Array.isArray(stackTrace) ? stackTrace : [];
  return entries.flatMap((entry) => {
    const [, path, line, name = "<module>"] = ENTRY.exec(String(entry)) ?? [];
    const file = path ? relative(codeFolder, resolve(codeFolder, path)) : "";
    return file && !file.startsWith("..") ? [{ file, line: Number(line), function: name }] : [];
  });
}

async function readAround(path: string, line: number): Promise<Frame["source"]> {
  const text = await readFile(path, "utf8").catch(() => undefined);
  const lines = text?.replace(/\n$/, "").split("\n");
  if (!lines || line > lines.length) return undefined;
  const first = Math.max(0, line - 1 - AROUND);
  return { firstLine: first + 1, lines: lines.slice(first, line + AROUND) };
}
