import { statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { explainFullDisk } from "../../process/full-disk";
import { PROJECT_FOLDER } from "../../project";

jest.mock("node:fs", () => ({ ...jest.requireActual("node:fs"), statfsSync: jest.fn() }));

function fill(...full: string[]): void {
  const bavail = (folder: string) => (full.includes(folder) ? 10 : 1_000_000);
  (statfsSync as jest.Mock).mockImplementation((folder: string) => ({ bavail: bavail(folder), bsize: 4096 }));
}

const NODE = "ENOSPC: no space left on device, write";

test("names the disk that is full, with the first error alone", () => {
  fill(PROJECT_FOLDER);
  const compiler = "error TS5033: Could not write file 'a.js': write a.js: no space left on device.";
  expect(explainFullDisk(`main.ts: a warning\n${compiler}\n${compiler.replace("a.js", "b.js")}`)).toBe(
    `The disk of ${PROJECT_FOLDER} is full; free some space there. ${compiler}`,
  );
});

test("offers another TMPDIR, if that is full", () => {
  fill(tmpdir());
  expect(explainFullDisk(`Error: ${NODE}\n    at write`)).toBe(
    `The disk of ${tmpdir()} is full; free some space there, or set TMPDIR to a folder on another one. ${NODE}`,
  );
});

test("names no disk that has space", () => {
  fill();
  expect(explainFullDisk(NODE)).toBe(`A disk is full; free some space there. ${NODE}`);
});

test("leaves other errors alone, also that of too many watched folders", () => {
  fill(tmpdir());
  for (const error of ["ENOSPC: System limit for number of file watchers reached, watch '/a'", "EACCES"]) {
    expect(explainFullDisk(error)).toBeUndefined();
  }
});
