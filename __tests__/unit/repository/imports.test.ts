import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { DEFAULT_ENVIRONMENT, STACKS, systemNames } from "../../../stacks/names";
import { synthesizeSystem } from "../application/system";

/** The packages from the lowest level up. A package imports from lower levels. */
const LEVELS = ["command-line", "terraform", "aws-on-this-machine"];

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string>>;
}

const manifestOf = (name: string): Manifest => JSON.parse(readFileSync(`packages/${name}/package.json`, "utf8"));

/** The specifiers that a file imports, also only for their types. */
function importsOf(text: string): string[] {
  const specifiers = text.matchAll(/^(?:import|export)\b(?:[^"`;=(]*\bfrom)?\s+"([^"\n]+)"|\bimport\("([^"\n]+)"\)/gm);
  return [...specifiers].map(([, found, loaded = ""]) => found ?? loaded);
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/node_modules|__pycache__/.test(entry.parentPath))
    .map((entry) => join(entry.parentPath, entry.name));
}

const isCode = (file: string) => /\.(ts|mjs)$/.test(file);
const packageOf = (file: string) => /^packages\/([^/]+)/.exec(file)?.[1];
const application = [
  ...["settings", "stacks", "constructs"].flatMap(filesBelow).filter(isCode),
  ...readdirSync(".").filter(isCode),
];
const packageFiles = filesBelow("packages");

/** Why a file of a package may not import something; `undefined` if it may. */
function objection(file: string, specifier: string): string | undefined {
  const own = packageOf(file) ?? "";
  // The console's page imports from its server.
  if (specifier.startsWith("node:") || specifier.startsWith("/")) return undefined;
  if (specifier.startsWith(".")) {
    return packageOf(join(dirname(file), specifier)) === own ? undefined : "is outside of the package";
  }
  const [scope = "", name = ""] = specifier.split("/");
  if (scope === "@local" && LEVELS.indexOf(name) >= LEVELS.indexOf(own)) return "is no lower package";
  const { dependencies, devDependencies } = manifestOf(own);
  const allowed = { ...dependencies, ...(/\/(__tests__|testing)\//.test(file) ? devDependencies : {}) };
  return allowed[scope.startsWith("@") ? `${scope}/${name}` : scope] ? undefined : "is no dependency of the package";
}

test.each([
  'import { a } from "../b/c";',
  'import type { A } from "../b/c";',
  'import {\n  a,\n} from "../b/c";',
  'import "../b/c";',
  'export { a } from "../b/c";',
  'const { a } = await import("../b/c");',
])("%j is an import", (text) => {
  expect(importsOf(`import { join } from "node:path";\n${text}`)).toEqual(["node:path", "../b/c"]);
});

test.each([
  ["packages/terraform/plan/a.ts", "../run/terraform", undefined],
  ["packages/terraform/plan/a.ts", "../../../stacks/names", "is outside of the package"],
  ["packages/terraform/a.ts", "@local/command-line/progress", undefined],
  ["packages/terraform/a.ts", "@local/aws-on-this-machine/system/local-system", "is no lower package"],
  ["packages/command-line/a.ts", "@aws-sdk/client-s3", "is no dependency of the package"],
])("%s may import %s: %s", (file, specifier, expected) => {
  expect(objection(file, specifier)).toBe(expected);
});

test("each package has a level", () => {
  expect(readdirSync("packages").sort()).toEqual([...LEVELS].sort());
});

test("a package imports only its own files, lower packages and its dependencies", () => {
  const wrong = packageFiles.filter(isCode).flatMap((file) =>
    importsOf(readFileSync(file, "utf8")).flatMap((specifier) => {
      const why = objection(file, specifier);
      return why ? [`${file}: ${specifier} ${why}`] : [];
    }),
  );
  expect(wrong).toEqual([]);
});

test("the application imports no package of the tool, and no command", () => {
  const wrong = application.flatMap((file) =>
    importsOf(readFileSync(file, "utf8")).filter((specifier) =>
      /^@local\/|\/(commands|packages|tools)\//.test(specifier),
    ),
  );
  expect(wrong).toEqual([]);
});

test("a package exports what other files import, and nothing else", () => {
  const others = ["commands", "tools", "__tests__", "packages"].flatMap(filesBelow).filter(isCode);
  const imported = new Set(others.flatMap((file) => importsOf(readFileSync(file, "utf8"))));
  const exported = LEVELS.flatMap((name) =>
    Object.entries(manifestOf(name).exports).map(([path, file]) => {
      expect(existsSync(join("packages", name, file))).toBe(true);
      return join("@local", name, path);
    }),
  );
  expect([...imported].filter((specifier) => specifier.startsWith("@local/")).sort()).toEqual(exported.sort());
});

test("nothing in packages/ contains a name of the application", () => {
  const { logBucket, ...names } = systemNames({ environment: DEFAULT_ENVIRONMENT, region: "us-west-2" });
  const texts = (value: unknown): string[] =>
    typeof value === "string" ? [value] : Object.values(value as object).flatMap(texts);
  const { output } = synthesizeSystem().config as { output: object };
  const words = [...texts(names), logBucket("").replace(/-+us.*/, ""), ...STACKS, ...Object.keys(output), "lambda-src"];
  expect(words).toEqual(expect.arrayContaining(["RequestDataTable", "serverless-infrastructure", "api_endpoint"]));
  const found = packageFiles.flatMap((file) => {
    // An argument of AWS contains an output's name.
    const text = readFileSync(file, "latin1").replaceAll("disable_execute_api_endpoint", "");
    return words.filter((word) => text.includes(word)).map((word) => `${file}: ${word}`);
  });
  expect(found).toEqual([]);
});
