import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { filesIn } from "../files";

const run = promisify(execFile);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "synthesis-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Runs the compiled application in a project's folder; returns what it wrote, by file. */
async function synthesize(
  project = process.cwd(),
  environment = "production",
  outdir = mkdtempSync(join(folder, "out-")),
): Promise<Record<string, string>> {
  const env = { ...process.env, CDKTF_OUTDIR: outdir, ENVIRONMENT: environment };
  await run(process.execPath, [resolve("dist/main.js")], { cwd: project, env });
  return filesIn(outdir);
}

/** Another checkout, somewhere else, of what the application reads. */
function copyProject(): string {
  const project = join(folder, "elsewhere");
  mkdirSync(project);
  cpSync("lambda-src", join(project, "lambda-src"), { recursive: true });
  cpSync("cdktf.json", join(project, "cdktf.json"));
  return project;
}

test("synthesizing again, in another folder and beside stray bytecode, gives the same bytes", async () => {
  const project = copyProject();
  const bytecode = join(project, "lambda-src", "__pycache__");
  mkdirSync(bytecode, { recursive: true });
  writeFileSync(join(bytecode, "index.cpython-313.pyc"), "bytecode");
  const [here, elsewhere] = await Promise.all([synthesize(), synthesize(project)]);
  expect(elsewhere).toEqual(here);

  const stacks = Object.keys(here).filter((file) => file.endsWith("cdk.tf.json"));
  expect(stacks).toHaveLength(2);
  // The same in two folders, so without the path of either; this one says which.
  for (const stack of stacks) expect(here[stack]).not.toContain(process.cwd());
});

test("a checkout that converts line ends synthesizes the same bytes", async () => {
  const git = (...args: string[]) =>
    run("git", ["-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "core.autocrlf=true", ...args], {
      cwd: folder,
      env: { PATH: process.env.PATH, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null" },
    });
  const project = copyProject();
  cpSync(".gitattributes", join(project, ".gitattributes"));
  await git("-C", project, "init", "--quiet");
  await git("-C", project, "add", ".");
  await git("-C", project, "commit", "--quiet", "--message=all");
  await git("clone", "--quiet", project, "checkout");
  expect(await synthesize(join(folder, "checkout"))).toEqual(await synthesize());
});

test("a secret in lambda-src is named once, and a dangling link ends in one line", async () => {
  const project = copyProject();
  const outdir = join(folder, "out");
  writeFileSync(join(project, "lambda-src", ".env"), "TOKEN=1");
  const synth = () =>
    run(process.execPath, [resolve("dist/main.js")], { cwd: project, env: { ...process.env, CDKTF_OUTDIR: outdir } });
  const { stderr } = await synth();
  const warning = "lambda-src: secrets are not deployed: .env; keep them in another folder";
  expect(stderr).toBe(`Warning: ${warning}\n`);
  // The CDKTF CLI shows these.
  const manifest = JSON.parse(readFileSync(join(outdir, "manifest.json"), "utf8"));
  expect(JSON.stringify(manifest).split(warning)).toHaveLength(2);

  rmSync(outdir, { recursive: true });
  symlinkSync("gone.py", join(project, "lambda-src", "link.py"));
  const failure = await synth().catch((error) => error);
  const mistake = 'lambda-src/link.py: is a link to "gone.py", where there is no file; mend or delete the link';
  expect([failure.code, failure.stderr]).toEqual([1, `Error: ${mistake}\n`]);
  expect(filesIn(outdir)).toEqual({});
});

test("a mistake in the settings ends in one line and writes nothing", async () => {
  const project = copyProject();
  const config = JSON.parse(readFileSync("cdktf.json", "utf8"));
  config.context.environments.production = { function: { memoryMb: 100 } };
  writeFileSync(join(project, "cdktf.json"), JSON.stringify(config));
  const failure = await synthesize(project).catch((error) => error);
  expect(failure.code).toBe(1);
  expect(failure.stderr).toBe(
    "Error: environments.production.function.memoryMb: 100 is not allowed; use a whole number from 128 to 10240 (MB)\n",
  );
  const [outdir = ""] = readdirSync(folder).filter((name) => name.startsWith("out-"));
  expect(filesIn(join(folder, outdir))).toEqual({});
});

test("the output's folder is made, with those above it", async () => {
  const outdir = join(folder, "not", "yet", "there");
  expect(Object.keys(await synthesize(process.cwd(), "production", outdir))).toContain("manifest.json");
});

test("an output's folder that cannot be made ends in one line", async () => {
  const file = join(folder, "file");
  writeFileSync(file, "");
  const outdir = join(file, "out");
  const failure = await synthesize(process.cwd(), "production", outdir).catch((error) => error);
  expect([failure.code, failure.stderr]).toEqual([
    1,
    `Error: CDKTF_OUTDIR: "${outdir}" cannot be made (ENOTDIR); use the path of a folder, or unset it\n`,
  ]);
});

test("a type error in main.ts stops the command that npm run synth and the CDKTF CLI run", async () => {
  const project = copyProject();
  for (const name of ["tsconfig.json", "settings", "constructs", "stacks"]) {
    cpSync(name, join(project, name), { recursive: true });
  }
  symlinkSync(resolve("node_modules"), join(project, "node_modules"));
  writeFileSync(join(project, "main.ts"), `${readFileSync("main.ts", "utf8")}\nconst wrong: number = "text";\n`);
  const { app } = JSON.parse(readFileSync("cdktf.json", "utf8"));
  const { scripts } = JSON.parse(readFileSync("package.json", "utf8"));
  expect(app).toBe(scripts.synth);

  const failure = await run("sh", ["-c", app], { cwd: project }).catch((error) => error);
  expect(failure.code).not.toBe(0);
  expect(failure.stdout).toContain("main.ts");
  expect(failure.stdout).toContain("Type 'string' is not assignable to type 'number'");
  expect(readdirSync(project)).not.toContain("cdktf.out");
});
