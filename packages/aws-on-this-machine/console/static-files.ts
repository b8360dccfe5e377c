import { readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { extname, join, sep } from "node:path";
import { PROJECT_FOLDER } from "@local/command-line/project";

export interface Content {
  readonly type: string;
  readonly body: string | Buffer;
}

const FOLDER = __dirname;
/** The stylesheet of the drawing in the page, and its colours. */
const DIAGRAM_STYLES = join(__dirname, "..", "diagram", "diagram.css");

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css",
  ".js": "text/javascript",
  ".svg": "image/svg+xml",
};

/** The page's libraries: the file in `node_modules`, by the name in the page's addresses. */
const LIBRARIES: Readonly<Record<string, string>> = {
  "preact.js": "preact/dist/preact.mjs",
  "hooks.js": "preact/hooks/dist/hooks.mjs",
  "htm.js": "htm/dist/htm.mjs",
  "signals.js": "@preact/signals/dist/signals.mjs",
  "signals-core.js": "@preact/signals-core/dist/signals-core.mjs",
};

/** The libraries' imports of one another. Without an import map, a browser takes only addresses. */
const ADDRESSES: Readonly<Record<string, string>> = {
  preact: "/vendor/preact.js",
  "preact/hooks": "/vendor/hooks.js",
  "@preact/signals-core": "/vendor/signals-core.js",
};

/** Comments in lines of their own: a fifth of the bytes. The line breaks stay, so that errors name the file's own lines. */
const COMMENTS = /^ *(?:\/\*\*(?:(?!\*\/)[\s\S])*\*\/|\/\/.*)$/gm;

/** Every file that the page may load, by its path such as `/console.js`. No request leads to another file. */
export function staticFiles(): ReadonlyMap<string, () => Promise<Content>> {
  const folder = join(FOLDER, "browser");
  const own = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => extname(name))
    .map((name) => [`/${name.replaceAll(sep, "/")}`, join(folder, name)] as const);
  return new Map([
    ...[...own, ["/diagram.css", DIAGRAM_STYLES] as const].map(
      ([path, file]) => [path, () => ownFile(path, file)] as const,
    ),
    ...Object.entries(LIBRARIES).map(([name, file]) => [`/vendor/${name}`, () => library(name, file)] as const),
  ]);
}

/** The page. It preloads no modules, which would delay its first paint. */
export async function page(): Promise<Content> {
  return { type: "text/html", body: await readFile(join(FOLDER, "console.html"), "utf8") };
}

async function ownFile(path: string, file: string): Promise<Content> {
  const text = await readFile(file, "utf8");
  const body = path.endsWith(".js") ? text.replace(COMMENTS, (comment) => comment.replace(/.+/g, "")) : text;
  return { type: typeOf(path), body };
}

async function library(name: string, file: string): Promise<Content> {
  const text = await readFile(join(PROJECT_FOLDER, "node_modules", file), "utf8");
  const body = text
    .replace(/\bfrom\s*"([^"]+)"/g, (statement, specifier) => {
      const address = ADDRESSES[specifier];
      return address ? `from"${address}"` : statement;
    })
    // The map is not served.
    .replace(/^\/\/# sourceMappingURL=.*$/m, "");
  return { type: typeOf(name), body };
}

function typeOf(path: string): string {
  return CONTENT_TYPES[extname(path)] ?? "text/plain";
}
