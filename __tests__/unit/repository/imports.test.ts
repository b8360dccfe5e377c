import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Rooms from the lowest level up. A file imports from its own room and from lower levels, not from beside or above. */
const LEVELS = [
  ["application"],
  ["commands/cli"],
  ["commands/emulator"],
  ["commands/terraform"],
  ["commands/dead-letters"],
  ["commands/local-system", "commands/pipeline", "commands/diagram", "commands/settings", "commands/start"],
  ["commands", "tools"],
];

/** The application is the TypeScript in the project's own folder, settings, stacks and constructs. */
function roomOf(file: string): string {
  const [top = "", room, ...rest] = file.split("/");
  if (top !== "commands") return top === "tools" ? top : "application";
  return rest.length > 0 ? `${top}/${room}` : top;
}

function levelOf(room: string): number {
  return LEVELS.findIndex((rooms) => rooms.includes(room));
}

function mayImport(file: string, imported: string): boolean {
  const [from, to] = [roomOf(file), roomOf(imported)];
  return from === to || levelOf(to) < levelOf(from);
}

/** The project's files that a file imports, also only for their types. */
function importsOf(file: string, text: string): string[] {
  const specifiers = text.matchAll(/(?:\bfrom|\bimport)[\s(]*"(\.[^"]*)"/g);
  return [...specifiers].map(([, specifier = ""]) => `${join(dirname(file), specifier)}.ts`);
}

function sourceFiles(): string[] {
  const below = ["settings", "stacks", "constructs", "commands", "tools"].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: "utf8" }).map((file) => join(folder, file)),
  );
  return [...readdirSync("."), ...below].filter((file) => file.endsWith(".ts"));
}

test.each([
  ["commands/start.ts", "commands/local-system/local-system.ts", true],
  ["commands/local-system/gateway/cors.ts", "commands/local-system/system.ts", true],
  ["commands/local-system/local-system.ts", "commands/dead-letters/dead-letter-queue.ts", true],
  ["commands/pipeline/plan-artifact.ts", "main.ts", true],
  ["tools/pytest.ts", "commands/pipeline/json-value.ts", true],
  ["stacks/names.ts", "settings/settings.ts", true],
  ["commands/cli/progress.ts", "commands/terraform/terraform.ts", false],
  ["commands/local-system/local-system.ts", "commands/diagram/draw.ts", false],
  ["commands/pipeline/plan-artifact.ts", "commands/plan.ts", false],
  ["tools/pytest.ts", "commands/plan.ts", false],
  ["constructs/schedule.ts", "commands/cli/options.ts", false],
])("%s may import %s: %s", (file, imported, expected) => {
  expect(mayImport(file, imported)).toBe(expected);
});

test.each([
  'import { a } from "../b/c";',
  'import type { A } from "../b/c";',
  'import {\n  a,\n} from "../b/c";',
  'import "../b/c";',
  'export { a } from "../b/c";',
  'const { a } = await import("../b/c");',
])("%j is an import", (text) => {
  expect(importsOf("commands/a/file.ts", `import { join } from "node:path";\n${text}`)).toEqual(["commands/b/c.ts"]);
});

test("every room has a level", () => {
  const rooms = new Set(sourceFiles().map(roomOf));
  expect([...rooms].filter((room) => levelOf(room) < 0)).toEqual([]);
  expect([...rooms].sort()).toEqual(LEVELS.flat().sort());
});

test("no file imports from beside its room or from above", () => {
  const wrong = sourceFiles().flatMap((file) =>
    importsOf(file, readFileSync(file, "utf8"))
      .filter((imported) => !mayImport(file, imported))
      .map((imported) => `${file} imports ${imported}`),
  );
  expect(wrong).toEqual([]);
});
