// Lints and formats the Python files of the folder that it is run in with the WebAssembly build of Ruff, which needs no Python.
// `npm run lint` and `npm run format` run it, the latter with --write.
import { readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { PositionEncoding, Workspace } from "@astral-sh/ruff-wasm-nodejs";
import { isLeftOut } from "../constructs/source/left-out";
import { SourceError } from "../constructs/source/source-files";
import { listOwnFiles, sourceFolders } from "./python/own-files";

const ruff = new Workspace(
  {
    "line-length": 120,
    // The oldest runtime that the function supports.
    "target-version": "py38",
    lint: { select: ["E", "F", "W", "I", "B", "UP", "SIM", "RUF"] },
    format: { "indent-style": "space" },
  },
  PositionEncoding.Utf16,
);
const write = process.argv.includes("--write");
// Skips the files that the function's package leaves out, and by the same rules files of other folders.
const isSkipped = (file: string) => isLeftOut(file) || basename(file) === "node_modules";
const list = (folder: string) => listOwnFiles(folder, { isLeftOut: isSkipped }).map((file) => join(folder, file));
let findings = 0;
let files: string[] = [];
try {
  files = ["__tests__", "packages", "tools", ...sourceFolders(".")]
    .flatMap(list)
    .filter((file) => file.endsWith(".py"));
} catch (error) {
  if (!(error instanceof SourceError)) throw error;
  console.error(error.message);
  findings += 1;
}

for (const file of files) {
  const source = readFileSync(file, "utf8");
  const report = (row: number, message: string) => {
    findings += 1;
    console.error(`${file}:${row}: ${message}`);
  };
  const formatted = ruff.format(source);
  if (write && formatted !== source) writeFileSync(file, formatted);
  if (!write && formatted !== source) report(1, "is not formatted; run `npm run format`");
  for (const { code, message, start_location } of ruff.check(write ? formatted : source)) {
    report(start_location.row, `${code} ${message}`);
  }
}
process.exitCode = findings ? 1 : 0;
