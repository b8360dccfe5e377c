import { relative, resolve } from "node:path";
import type { Frame } from "../run";

/** Names a file of the code by its place in the project, such as `lambda-src/index.py` for `index.py`. */
export type ProjectPath = (file: string) => string;

/** A place in the function's code. The file is relative to the code's folder. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly function: string;
  /** The line as the trace has it. */
  readonly code?: string;
}

/** An entry of Python's trace. Lambda writes a syntax error's without the comma, and it has no function. */
const ENTRY = /^\s*File "(.+)",? [Ll]ine (\d+)(?:, in (.+))?(?:\n\s*(.+))?/;

/** Returns only places within the function's own code, because the function could write the path of any file. */
export function placesOf(stackTrace: unknown, codeFolder: string): Place[] {
  const entries = Array.isArray(stackTrace) ? stackTrace : [];
  return entries.flatMap((entry) => {
    const [, path, line, name = "<module>", code] = ENTRY.exec(String(entry)) ?? [];
    const file = path ? relative(codeFolder, resolve(codeFolder, path)) : "";
    return file && !file.startsWith("..") ? [{ file, line: Number(line), function: name, code }] : [];
  });
}

/** The places with the one line of code that the trace has of each. */
export function framesOf(places: readonly Place[], projectPath: ProjectPath): Frame[] {
  return places.map(({ file, line, function: name, code }) => ({
    file: projectPath(file),
    line,
    function: name,
    source: code ? { firstLine: line, lines: [code] } : undefined,
  }));
}
