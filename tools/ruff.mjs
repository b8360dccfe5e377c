// Lints and formats the Python files of the folder that it is run in with the WebAssembly build of Ruff, which needs no Python.
// Usage: node tools/ruff.mjs [--write]
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { PositionEncoding, Workspace } from "@astral-sh/ruff-wasm-nodejs";
import { compileIfStale } from "../commands/cli/launcher/compile.mjs";

const PROJECT = fileURLToPath(new URL("..", import.meta.url));
const OWN_FILES = join(PROJECT, "dist", "tools", "python", "own-files.js");
if (!(await compileIfStale(PROJECT, OWN_FILES))) process.exit(1);
const { listOwnFiles } = await import(OWN_FILES);

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
const all = ["__tests__", "bench", "commands"].flatMap((folder) =>
  readdirSync(folder, { recursive: true }).map((file) => join(folder, file)),
);
const files = [...all, ...listOwnFiles("lambda-src").map((file) => join("lambda-src", file))].filter(
  (file) => file.endsWith(".py") && !file.includes("node_modules"),
);

let findings = 0;
for (const file of files) {
  const source = readFileSync(file, "utf8");
  const report = (row, message) => {
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
