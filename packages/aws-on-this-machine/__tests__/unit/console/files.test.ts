import { page, staticFiles } from "../../../console/static-files";

const MAX_BYTES = 150_000;

/** What a browser loads for the page. */
const files = new Map<string, string>();

beforeAll(async () => {
  for (const [path, read] of staticFiles()) files.set(path, String((await read()).body));
});

test("scripts and styles of the console have 150 kB at most, together and not compressed", () => {
  const bytes = [...files].map(([path, text]): [string, number] => [path, Buffer.byteLength(text)]);
  const loaded = bytes.filter(([path]) => /\.(js|css)$/.test(path));
  expect(loaded.length).toBeGreaterThan(40);
  expect(loaded.reduce((sum, [, length]) => sum + length, 0)).toBeLessThanOrEqual(MAX_BYTES);
});

test("every module imports only what is served", () => {
  for (const [path, text] of files) {
    if (!path.endsWith(".js")) continue;
    const code = text.replace(/@import .*/g, "");
    const specifiers = [...code.matchAll(/(?:\bfrom|\bimport)\s*"([^"]+)"/g)].map(([, specifier = ""]) => specifier);
    const imported = specifiers.map((specifier) => new URL(specifier, `http://console${path}`).pathname);
    expect(imported.filter((each) => !files.has(each))).toEqual([]);
  }
});

test("the page loads nothing that is not served", async () => {
  const { body } = await page();
  const named = [...String(body).matchAll(/(?:href|src)="([^"]+)"/g)].map(([, path = ""]) => path);
  expect(named).toEqual(expect.arrayContaining(["/console.js", "/styles/page.css"]));
  expect(named.filter((path) => !files.has(path))).toEqual([]);
});
