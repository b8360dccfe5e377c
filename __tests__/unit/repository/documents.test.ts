import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { readRecipes } from "../../recipes";

/** A newcomer reads a README.md in one go. */
const MAX_README_LINES = { "README.md": 130 };
const MAX_PACKAGE_README_LINES = 60;

/** Folders that commands write. */
const GENERATED = /^(cdktf\.out|dist|hcl|node_modules\/\.cache|lambda-src\/\.venv)\b/;

const packages = readdirSync("packages").map((name) => join("packages", name));
const readmes = ["README.md", ...packages.map((folder) => join(folder, "README.md"))];
const documents = [
  ...readmes,
  join(".github", "SECURITY.md"),
  ...readdirSync("docs").flatMap((name) => (name.endsWith(".md") ? join("docs", name) : [])),
];
const read = (document: string) => readFileSync(document, "utf8");
const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };

/** The anchors that GitHub gives a document's headings. */
function anchorsOf(document: string): string[] {
  const headings = read(document).matchAll(/^#+ (.+)$/gm);
  return [...headings].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

/** The links of a document that lead nowhere. */
function brokenLinks(document: string): string[] {
  const targets = [...read(document).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target);
  return targets
    .filter((target) => !/^[a-z]+:/.test(target))
    .filter((target) => {
      const [path, anchor] = target.split("#");
      const file = path ? join(dirname(document), path) : document;
      return !existsSync(file) || (anchor !== undefined && !anchorsOf(file).includes(anchor));
    });
}

/** Files that the recipes of a document write. */
const written = readRecipes().flatMap(({ blocks }) => Object.keys(blocks));

/** A path that a document names, from the project's folder or from the document's package. */
const exists = (document: string, path: string) =>
  existsSync(path) ||
  (document === join("docs", "growing.md") && written.includes(path)) ||
  (document.startsWith("packages/") && existsSync(join(dirname(document), path)));

/** The paths that a document names: those with the ending of a source file or in a folder of the project. */
function pathsIn(document: string): string[] {
  const withoutAddresses = read(document).replace(/\b[a-z0-9]+:\/\/\S+|\]\(\S+\)/g, "");
  const paths = withoutAddresses.match(/(?<![\w./<>-])\.?\w[\w.-]*\/[\w./-]*/g) ?? [];
  return paths
    .map((path) => path.replace(/[./]+$/, ""))
    .filter((path) => /\.(css|json|md|mjs|py|svg|ts|yml)$/.test(path) || existsSync(path.split("/")[0] ?? ""))
    .filter((path) => !GENERATED.test(path));
}

test.each(readmes)("%s can be read in one go", (readme) => {
  const most = { [readme]: MAX_PACKAGE_README_LINES, ...MAX_README_LINES }[readme];
  expect(read(readme).split("\n").length - 1).toBeLessThanOrEqual(most ?? 0);
});

describe.each(documents)("%s", (document) => {
  test("links to nothing that does not exist", () => {
    expect(brokenLinks(document)).toEqual([]);
  });

  test("names no file that does not exist", () => {
    expect(pathsIn(document).filter((path) => !exists(document, path))).toEqual([]);
  });

  test("names no script that package.json lacks", () => {
    const used = [...read(document).matchAll(/\bnpm run (?:--silent )?([\w:-]*\w)/g)].map(([, name = ""]) => name);
    expect(used.filter((name) => !scripts[name])).toEqual([]);
  });
});

/** The paths in the layout of a README.md, each with the files that its description names beside it. */
function layoutOf(readme: string): string[] {
  const [, layout = ""] = read(readme).split(/^## Layout$|^## (?:Documents|Needs)$/m);
  return [...layout.matchAll(/^ *([\w./-]+) +(.+)$/gm)].flatMap(([, path = "", description = ""]) => {
    const folder = path.endsWith("/") ? path : dirname(path);
    const others = description.match(/(?<![\w/.-])[\w-]+\.(cjs|css|mjs|py|ts)\b|[\w-]+\/(?=:)/g) ?? [];
    return [path, ...others.map((name) => join(folder, name))];
  });
}

test.each(readmes)("%s: the layout names nothing that does not exist", (readme) => {
  const named = layoutOf(readme);
  expect(named.length).toBeGreaterThan(10);
  const places = [dirname(readme), "packages"];
  expect(named.filter((path) => !places.some((place) => existsSync(join(place, path))))).toEqual([]);
});

test.each(packages)("%s: the layout names each folder and file at its first level", (folder) => {
  const named = layoutOf(join(folder, "README.md")).map((path) => path.split("/")[0]);
  const own = readdirSync(folder).filter(
    (name) => !/^(__tests__|testing|node_modules|README\.md|package\.json)$/.test(name),
  );
  expect(own.filter((name) => !named.includes(name))).toEqual([]);
});
