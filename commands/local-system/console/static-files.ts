import { readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { PROJECT_FOLDER } from "../../cli/project";

/** What is sent to the browser. */
export interface Content {
  readonly type: string;
  readonly body: string | Buffer;
}

/** Its files are not compiled, so that `dist` has none of them. */
const FOLDER = join(PROJECT_FOLDER, "commands", "local-system", "console");
/** The stylesheet of the drawing in the page, and its colours. */
const DIAGRAM_STYLES = join(PROJECT_FOLDER, "commands", "diagram", "diagram.css");

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css",
  ".js": "text/javascript",
  ".svg": "image/svg+xml",
};

/** Every file that the page may load, by its path such as `/console.js`. No path that is asked for leads to another one. */
export function staticFiles(): ReadonlyMap<string, () => Promise<Content>> {
  const folder = join(FOLDER, "browser");
  const own = readdirSync(folder).map((name) => [`/${name}`, join(folder, name)] as const);
  return new Map(
    [...own, ["/diagram.css", DIAGRAM_STYLES] as const].map(
      ([path, file]) =>
        [
          path,
          async () => ({ type: CONTENT_TYPES[extname(path)] ?? "text/plain", body: await readFile(file) }),
        ] as const,
    ),
  );
}

/** The page. */
export async function page(): Promise<Content> {
  return { type: "text/html", body: await readFile(join(FOLDER, "console.html"), "utf8") };
}
