import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openInBrowser } from "../../terminal/open-in-browser";

const URL = "http://127.0.0.1:3001";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "browser-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Makes a program that notes what it is called with. */
function program(name: string, exitCode = 0): string {
  const file = join(folder, name);
  writeFileSync(file, `#!/bin/sh\necho "$@" > ${file}.called\nexit ${exitCode}\n`);
  chmodSync(file, 0o755);
  return file;
}

const calledWith = (name: string) => {
  const file = join(folder, `${name}.called`);
  return existsSync(file) ? readFileSync(file, "utf8").trim() : undefined;
};

const open = (platform: NodeJS.Platform, env: NodeJS.ProcessEnv = {}) =>
  openInBrowser(URL, { platform, env: { PATH: `${folder}:/bin:/usr/bin`, ...env } });

test.each([
  ["darwin", "open"],
  ["linux", "xdg-open"],
] as const)("on %s, %s opens it", async (platform, name) => {
  program(name);
  expect([await open(platform), calledWith(name)]).toEqual([true, URL]);
});

test("BROWSER comes first, and if that fails, the system's", async () => {
  program("xdg-open");
  expect([await open("linux", { BROWSER: program("own") }), calledWith("own")]).toEqual([true, URL]);
  expect(calledWith("xdg-open")).toBeUndefined();
  expect(await open("linux", { BROWSER: program("broken", 3) })).toBe(true);
  expect(calledWith("xdg-open")).toBe(URL);
});

test("without a browser, nothing opens", async () => {
  expect(await open("linux", { PATH: folder, BROWSER: join(folder, "none") })).toBe(false);
  program("xdg-open", 3);
  expect(await open("linux", { PATH: `${folder}:/bin` })).toBe(false);
});
