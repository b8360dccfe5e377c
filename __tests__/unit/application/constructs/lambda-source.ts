import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App, TerraformStack } from "cdktf";
import { LambdaSource } from "../../../../constructs/lambda-source";
import { filesIn } from "../../../files";

let folder: string;
let source: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "lambda-source-"));
  source = join(folder, "source");
  mkdirSync(join(source, "package", "__pycache__"), { recursive: true });
  writeFileSync(join(source, "index.py"), "import package\n");
  writeFileSync(join(source, "package", "__init__.py"), "");
  writeFileSync(join(source, "package", "__pycache__", "__init__.cpython-313.pyc"), "bytecode");
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Synthesizes into the same output folder each time; returns the copy's path and all assets. */
function synthesize(): { path: string; assets: Record<string, string> } {
  const app = new App({ outdir: join(folder, "out"), stackTraces: false });
  const { path } = new LambdaSource(new TerraformStack(app, "test"), "source", source);
  app.synth();
  return { path, assets: filesIn(join(folder, "out", "stacks", "test", "assets")) };
}

test("the stack's folder holds the source, folders included and without bytecode", () => {
  const { path, assets } = synthesize();
  const [, name = "", digest = ""] = path.split("/");
  expect(path).toBe(`assets/${name}/${digest}`);
  expect(assets).toEqual({
    [join(name, digest, "index.py")]: "import package\n",
    [join(name, digest, "package", "__init__.py")]: "",
  });
});

test("a change of the source takes the place of what was copied before", () => {
  const before = synthesize();
  writeFileSync(join(source, "index.py"), "pass\n");
  const after = synthesize();
  expect(after.path).not.toBe(before.path);
  expect(Object.values(after.assets).sort()).toEqual(["", "pass\n"]);
});

test("a file with another name is another source", () => {
  const { path } = synthesize();
  rmSync(join(source, "index.py"));
  writeFileSync(join(source, "main.py"), "import package\n");
  expect(synthesize().path).not.toBe(path);
});
