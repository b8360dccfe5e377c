import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** A newcomer reads README.md in one go. */
const MAX_README_LINES = 130;

/** Folders that commands write. */
const GENERATED = /^(cdktf\.out|dist|hcl)\b/;

const documents = [".", "docs"].flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".md"))
    .map((name) => join(folder, name)),
);
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

/** The paths that a document names, from the project's folder: those with the ending of a source file or in a folder of it. */
function pathsIn(document: string): string[] {
  const withoutAddresses = read(document).replace(/\b[a-z0-9]+:\/\/\S+|\]\(\S+\)/g, "");
  const paths = withoutAddresses.match(/(?<![\w./<>-])\.?\w[\w.-]*\/[\w./-]*/g) ?? [];
  return paths
    .map((path) => path.replace(/[./]+$/, ""))
    .filter((path) => /\.(css|json|md|mjs|py|svg|ts|yml)$/.test(path) || existsSync(path.split("/")[0] ?? ""))
    .filter((path) => !GENERATED.test(path));
}

test("README.md can be read in one go", () => {
  expect(read("README.md").split("\n").length - 1).toBeLessThanOrEqual(MAX_README_LINES);
});

describe.each(documents)("%s", (document) => {
  test("links to nothing that does not exist", () => {
    expect(brokenLinks(document)).toEqual([]);
  });

  test("names no file that does not exist", () => {
    expect(pathsIn(document).filter((path) => !existsSync(path))).toEqual([]);
  });

  test("names no script that package.json lacks", () => {
    const used = [...read(document).matchAll(/\bnpm run (?:--silent )?([\w:-]*\w)/g)].map(([, name = ""]) => name);
    expect(used.filter((name) => !scripts[name])).toEqual([]);
  });
});

test("README.md's layout names nothing that does not exist", () => {
  const [, layout = ""] = read("README.md").split(/^## Layout$|^## Documents$/m);
  const named = [...layout.matchAll(/^([\w./-]+) {2,}(.+)$/gm)].flatMap(([, path = "", description = ""]) => {
    const folder = path.endsWith("/") ? path : dirname(path);
    const others = description.match(/[\w-]+\.(css|py|ts)\b/g) ?? [];
    return [path, ...others.map((name) => join(folder, name))];
  });
  expect(named).toEqual(expect.arrayContaining(["cdktf.json", "constructs/service-role.ts"]));
  expect(named.filter((path) => !existsSync(path))).toEqual([]);
});
