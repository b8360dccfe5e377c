import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { TYPESCRIPT } from "@local/command-line/launcher/typescript";
import { run } from "@local/command-line/process/child-process";

let project: string;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "run-"));
  project = mkdtempSync(join(tmpdir(), "deployment-"));
  mkdirSync(join(project, "node_modules", "greeting"), { recursive: true });
  writeFileSync(join(project, "node_modules", "greeting", "index.js"), 'console.log("found");');
});
afterEach(() => {
  for (const each of [project, folder]) rmSync(each, { recursive: true });
});

/** Synthesizes by a compiler that first writes, and then fails. Prints its error, and whether its output is still there. */
async function synthesize(app: string): Promise<string> {
  writeFileSync(join(project, "cdktf.json"), JSON.stringify({ app: `${app}; exit 1` }));
  const script = `
    const { Deployment } = require("${resolve("packages/terraform/deployment")}");
    const application = { stackId: (name) => name, defaultEnvironment: "production" };
    new Deployment({ application, folder: "${folder}" }).synthesize().catch(({ message }) => console.log(message));`;
  const { stdout } = await run(process.execPath, [...TYPESCRIPT, "-e", script], { cwd: project });
  return stdout.trim();
}

test("a run compiles into a folder of its own, from which the project's packages are found", async () => {
  const app = `echo 'require("greeting")' > "$BUILD_FOLDER/main.js"; echo "$BUILD_FOLDER"; node "$BUILD_FOLDER/main.js"`;
  expect(await synthesize(app)).toBe(`${join(folder, "build")}\nfound`);
});

test("what a failed compiler has written is not used again, and the packages stay", async () => {
  await synthesize(`echo half > "$BUILD_FOLDER/main.js"`);
  expect(await synthesize(`ls "$BUILD_FOLDER"`)).toBe("node_modules");
  expect(existsSync(join(project, "node_modules", "greeting", "index.js"))).toBe(true);
});
