import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Comments, heredocs and strings, in which braces do not count. */
const OPAQUE = /#[^\n]*|\/\/[^\n]*|\/\*[\s\S]*?\*\/|<<-?(\w+)\r?\n[\s\S]*?\n\s*\1\b|"(?:\\.|[^"\\])*"/g.source;

/** A `provider` block of the AWS provider; `alias` is undefined for the default one. */
export interface ProviderBlock {
  readonly alias: string | undefined;
}

/** Finds the blocks of the AWS provider in a folder's files, in HCL and in JSON. */
export function findAwsProviders(folder: string): ProviderBlock[] {
  const names = readdirSync(folder);
  const read = (name: string) => readFileSync(join(folder, name), "utf8");
  return [
    ...names.filter((name) => name.endsWith(".tf")).flatMap((name) => providersInHcl(read(name))),
    ...names.filter((name) => name.endsWith(".tf.json")).flatMap((name) => providersInJson(read(name))),
  ];
}

/** Removes the argument or the block that begins in a line, counted from 1. All other lines keep their numbers. */
export function removeStatement(text: string, line: number): string {
  const code = maskOpaque(text);
  const start = text
    .split("\n")
    .slice(0, line - 1)
    .reduce((length, each) => length + each.length + 1, 0);
  let [end, depth] = [start, 0];
  for (; end < code.length && !(code[end] === "\n" && depth === 0); end += 1) {
    if (/[([{]/.test(code[end] ?? "")) depth += 1;
    if (/[)\]}]/.test(code[end] ?? "")) depth -= 1;
  }
  return text.slice(0, start) + text.slice(start, end).replace(/[^\n]+/g, "") + text.slice(end);
}

function maskOpaque(text: string): string {
  return text.replace(new RegExp(OPAQUE, "g"), (part) => "_".repeat(part.length));
}

export function providersInHcl(text: string): ProviderBlock[] {
  const code = maskOpaque(text);
  return [...text.matchAll(/\bprovider[ \t]+"?aws"?[ \t]*\{/g)]
    .filter(({ index }) => code.startsWith("provider", index))
    .map(({ index, 0: head }) => {
      const start = index + head.length;
      const body = text.slice(start, endOfBlock(code, start));
      return { alias: /^[ \t]*alias[ \t]*=[ \t]*"([^"]+)"/m.exec(body)?.[1] };
    });
}

/** @param start the place after the block's opening brace */
function endOfBlock(code: string, start: number): number {
  let depth = 1;
  for (let at = start; at < code.length; at += 1) {
    if (code[at] === "{") depth += 1;
    if (code[at] === "}") depth -= 1;
    if (depth === 0) return at;
  }
  return code.length;
}

function providersInJson(text: string): ProviderBlock[] {
  const { provider = [] } = JSON.parse(text) as { provider?: OneOrMore<{ aws?: OneOrMore<{ alias?: string }> }> };
  return listOf(provider).flatMap(({ aws = [] }) => listOf(aws).map(({ alias }) => ({ alias })));
}

type OneOrMore<T> = T | readonly T[];

function listOf<T>(value: OneOrMore<T>): readonly T[] {
  return Array.isArray(value) ? value : [value as T];
}
