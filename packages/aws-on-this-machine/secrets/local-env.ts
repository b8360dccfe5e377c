import { existsSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { UserError } from "@local/command-line/user-error";

/** The file with the values of secrets for this machine. Git ignores it. */
export const LOCAL_ENV = "local.env";

/** The ending that a variable with a parameter's name may have, and that a line of the file may leave out. */
const ENDING = /_PARAMETER$/;

/** A variable of a function that holds the name of an SSM parameter. */
export interface SecretVariable {
  readonly functionName: string;
  readonly variable: string;
  readonly parameterName: string;
}

/**
 * Reads lines such as `API_KEY=value`. Quotation marks around a value do not count. Throws a UserError with the line if one is
 * wrong. A missing file has no values.
 */
export function readLocalEnv(file: string): ReadonlyMap<string, string> {
  if (!existsSync(file)) return new Map();
  const values = new Map<string, string>();
  for (const [index, line] of readFileSync(file, "utf8").split(/\r?\n/).entries()) {
    const text = line.trim();
    if (text === "" || text.startsWith("#")) continue;
    const [, name = "", value = ""] = /^(?:export\s+)?([\w./-]+)\s*=\s*(.*)$/.exec(text) ?? [];
    if (!name) throw new UserError(`${basename(file)}, line ${index + 1}: use NAME=value.`);
    values.set(name, value.replace(/^(["'])(.*)\1$/, "$2"));
  }
  return values;
}

/**
 * Finds the values of parameters. A line has the name of a variable, with or without `_PARAMETER`, or that of a parameter.
 *
 * @returns the values by the parameters' names; and the names of lines that no function reads
 */
export function matchSecrets(values: ReadonlyMap<string, string>, variables: readonly SecretVariable[]) {
  const found = new Map<string, string>();
  const unread: string[] = [];
  for (const [name, value] of values) {
    const matching = variables.filter(({ variable, parameterName }) =>
      [variable, variable.replace(ENDING, ""), parameterName].includes(name),
    );
    const names = name.startsWith("/") ? [name] : matching.map(({ parameterName }) => parameterName);
    // SSM refuses an empty value.
    for (const parameterName of names) if (value) found.set(parameterName, value);
    if (names.length === 0) unread.push(name);
  }
  return { found, unread };
}

/** Says which line of the file gives a parameter its value. */
export function describeMissing({ functionName, variable, parameterName }: SecretVariable, file: string): string {
  const line = `${variable.replace(ENDING, "")}=<value>`;
  return `${functionName} reads the parameter ${parameterName}, which has no value here. Add the line ${line} to ${file}.`;
}
