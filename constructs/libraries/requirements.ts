import { existsSync } from "node:fs";
import { join } from "node:path";
import { readSourceFile, SourceError, shown } from "../source/source-files";

export const REQUIREMENTS = "requirements.txt";

/** `name[extra]==version`, with a marker and hashes after it. */
const PINNED = /^([A-Za-z0-9][\w.-]*)(\s*\[[^\]]*\])?\s*==\s*[\w.!+-]+(\s*;.*|\s+--hash.*)?$/;

/** pip reads other files with these options. */
const OTHER_FILE = /^(-[rce]|--(requirement|constraint|editable))\b/;

/** The requirements of a function's source. */
export interface Requirements {
  /** Absolute path. */
  readonly file: string;
  readonly text: string;
  /** The normalized names of the packages in it. */
  readonly names: ReadonlySet<string>;
}

/**
 * Reads a source's `requirements.txt`. Returns `undefined` where there is none, or one without a package.
 *
 * @throws SourceError for a package without an exact version, and for a line that names another file
 */
export function readRequirements(source: string): Requirements | undefined {
  const file = join(source, REQUIREMENTS);
  if (!existsSync(file)) return undefined;
  const text = readSourceFile(source, REQUIREMENTS).toString();
  const names = new Set<string>();
  let start = 1;
  for (const line of text.replaceAll("\r\n", "\n").split(/(?<!\\)\n/)) {
    const name = nameIn(
      line
        .replaceAll("\\\n", " ")
        .replace(/(^|\s)#.*/, "")
        .trim(),
      `${shown(file)}:${start}`,
    );
    if (name) names.add(normalize(name));
    start += line.split("\n").length;
  }
  return names.size > 0 ? { file, text, names } : undefined;
}

function nameIn(line: string, place: string): string | undefined {
  if (OTHER_FILE.test(line)) throw new SourceError(`${place}: ${line} names another file; write its lines here`);
  if (line === "" || line.startsWith("-")) return undefined;
  const [, name] = PINNED.exec(line) ?? [];
  if (name) return name;
  const [asWritten = line] = /^[\w.-]+(\s*\[[^\]]*\])?/.exec(line) ?? [];
  throw new SourceError(`${place}: ${line} has no exact version; use ${asWritten}==<version>`);
}

/** https://packaging.python.org/en/latest/specifications/name-normalization/ */
export function normalize(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, "-");
}
