import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { ServerlessInfrastructureStack } from "../stacks/serverless-infrastructure-stack";
import { sourceFolders } from "../tools/python/own-files";
import { writeWheel } from "./wheel";

const STACK = "stacks/serverless-infrastructure-stack.ts";

export interface Recipe {
  readonly title: string;
  /** The code, by the file that it belongs to. */
  readonly blocks: Readonly<Record<string, string>>;
}

/** The recipes of docs/growing.md. */
export function readRecipes(page = readFileSync("docs/growing.md", "utf8")): Recipe[] {
  return page
    .split(/^## /m)
    .slice(1)
    .map((section) => {
      const fences = section.match(/^```\w+$/gm) ?? [];
      const blocks = [...section.matchAll(/^`([\w./-]+)`:\n\n```\w+\n([\s\S]*?)^```$/gm)];
      const [title = ""] = section.split("\n");
      if (fences.length !== blocks.length) throw new Error(`${title}: a block lacks the name of its file above it`);
      return { title, blocks: Object.fromEntries(blocks.map(([, file = "", code = ""]) => [file, code])) };
    });
}

const isRequirements = (file: string) => file.endsWith("/requirements.txt");

/** The code of the packages whose recipes the tests call. The emulator's Python has a real pydantic. */
const LIBRARIES: Readonly<Record<string, string>> = {
  holidays:
    "import datetime\n\ndef country_holidays(country):\n    return [datetime.date(2026, 5, 1)] if country == 'DE' else []\n",
};

/** Writes a wheel for each package that the recipes pin, and lets pip use these alone. */
export function serveLibraries(recipes: readonly Recipe[], folder: string): void {
  mkdirSync(folder);
  const files = recipes.flatMap(({ blocks }) => Object.entries(blocks));
  for (const line of files.flatMap(([file, code]) => (isRequirements(file) ? code.trim().split("\n") : []))) {
    const [name = "", version] = line.replaceAll("-", "_").split("==");
    writeWheel(folder, { name, version, files: { [`${name}.py`]: LIBRARIES[name] ?? "" } });
  }
  Object.assign(process.env, { PIP_CONFIG_FILE: "/dev/null", PIP_NO_INDEX: "1", PIP_FIND_LINKS: folder });
}

/**
 * Writes a copy of the application, with recipes applied as the page says.
 *
 * @param libraries whether synthesis installs the packages, which takes Python
 */
export function applyRecipes(recipes: readonly Recipe[], folder: string, libraries = true): void {
  // Beside the copy: its own node_modules keeps the tests' packages, which have the names of real ones.
  if (!existsSync(join(folder, "..", "node_modules"))) link("node_modules", dirname(folder));
  for (const shared of ["constructs", "settings"]) link(shared, folder);
  for (const name of readdirSync("stacks")) if (join("stacks", name) !== STACK) link(join("stacks", name), folder);
  for (const source of sourceFolders(".")) cpSync(source, join(folder, source), { recursive: true });
  writeRecipes(recipes, folder, libraries);
}

/** Writes the files of recipes into a copy of the application. */
export function writeRecipes(recipes: readonly Recipe[], folder: string, libraries = true): void {
  let stack = readFileSync(STACK, "utf8");
  for (const [file, code] of recipes.flatMap(({ blocks }) => Object.entries(blocks))) {
    if (file === STACK) stack = grow(stack, code);
    else if (libraries || !isRequirements(file)) write(join(folder, file), code);
  }
  writeFileSync(join(folder, STACK), stack);
}

/** The stack of such a copy. It uses the constructs of the project. */
export function loadStack(folder: string): typeof ServerlessInfrastructureStack {
  return require(join(folder, STACK)).ServerlessInfrastructureStack;
}

/** Runs what creates constructs in such a copy, with the sources of its functions. */
export function within<T>(folder: string, use: () => T): T {
  const before = process.cwd();
  process.chdir(folder);
  try {
    return use();
  } finally {
    process.chdir(before);
  }
}

function grow(stack: string, block: string): string {
  const lines = block.split("\n");
  const isImport = (line: string) => line.startsWith("import ");
  const imports = lines.filter((line) => isImport(line) && !stack.includes(line)).map((line) => `${line}\n`);
  const code = lines.filter((line) => line && !isImport(line)).map((line) => `    ${line}\n`);
  const end = stack.indexOf("\n  }\n", stack.indexOf("  constructor(")) + 1;
  return imports.join("") + stack.slice(0, end) + code.join("") + stack.slice(end);
}

function link(path: string, folder: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  symlinkSync(resolve(path), join(folder, path));
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text, { flag: "wx" });
}
