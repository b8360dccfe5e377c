import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { removePlanArtifact, writePlanArtifact } from "../../../plan/plan-artifact";

let folder: string;
let saved: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "plan-artifact-"));
  saved = join(folder, "saved");
});
afterEach(() => rmSync(folder, { recursive: true }));

test("a saved plan is removed, and where there is none, nothing", () => {
  removePlanArtifact(saved);
  const source = join(folder, "source");
  mkdirSync(source);
  writeFileSync(join(source, "plan"), "a plan");
  writePlanArtifact(source, saved, "orders");
  removePlanArtifact(saved);
  expect(existsSync(saved)).toBe(false);
});

test("a folder with anything else is left alone", () => {
  mkdirSync(saved);
  writeFileSync(join(saved, "thesis.txt"), "three years of work");
  expect(() => removePlanArtifact(saved)).toThrow(`${saved} holds something else than a plan; choose another --out.`);
  expect(existsSync(join(saved, "thesis.txt"))).toBe(true);
});
