import { applyEdits, type JSONPath, modify, parse } from "jsonc-parser";

/** Returns the text of a cdktf.json with a value in an environment's settings, and otherwise unchanged. */
export function withSetting(text: string, environment: string, setting: JSONPath, value: unknown): string {
  const [, indent = "  "] = /\n([ \t]+)/.exec(text) ?? [];
  const formattingOptions = { insertSpaces: !indent.includes("\t"), tabSize: indent.length };
  const path = ["context", "environments", environment, ...setting];
  return applyEdits(text, modify(text, path, value, { formattingOptions, getInsertionIndex: () => 0 }));
}

/** The tables into which an environment's tables were restored, by their names. */
export function restoredTables(text: string, environment: string): Readonly<Record<string, readonly string[]>> {
  return parse(text).context?.environments?.[environment]?.table?.restored ?? {};
}
