import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { PROJECT_FOLDER } from "@local/command-line/project";
import type { Configuration, Terraform } from "@local/terraform/run/terraform";

/**
 * Returns a function that finds the folders with the sources of a stack's functions, by the functions' Terraform addresses. It
 * reads the stack again after each synthesis. The application writes a copy of a source into the stack's folder and, beside
 * the copy, a file that names the source.
 */
export function functionSourcesOf(stack: Terraform): () => ReadonlyMap<string, string> {
  let readAt: number | undefined;
  let sources: ReadonlyMap<string, string> = new Map();
  return () => {
    const { mtimeMs } = statSync(stack.configurationFile);
    if (mtimeMs !== readAt) sources = findFunctionSources(stack);
    readAt = mtimeMs;
    return sources;
  };
}

function findFunctionSources(stack: Terraform): ReadonlyMap<string, string> {
  const { data = {}, resource } = stack.configuration() as Configuration & {
    readonly data?: { readonly archive_file?: Readonly<Record<string, { readonly source_dir?: string }>> };
  };
  const functions = Object.entries(resource.aws_lambda_function ?? {});
  const found = functions.flatMap(([name, { filename = "" }]: [string, { filename?: string }]) => {
    const [, archive = ""] = /^\$\{data\.archive_file\.([\w-]+)\.output_path\}$/.exec(filename) ?? [];
    const copy = data.archive_file?.[archive]?.source_dir;
    return copy ? [[`aws_lambda_function.${name}`, sourceOf(join(stack.folder, copy))] as const] : [];
  });
  return new Map(found);
}

function sourceOf(copy: string): string {
  const note = `${dirname(copy)}.json`;
  return existsSync(note) ? resolve(PROJECT_FOLDER, JSON.parse(readFileSync(note, "utf8")).source) : copy;
}
