import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { App, TerraformStack } from "cdktf";
import { LambdaSource } from "../../../../constructs/function/lambda-source";
import { refuseTooLarge, refuseUnpacked, takesBucket } from "../../../../constructs/source/package-size";
import { SourceError } from "../../../../constructs/source/source-files";
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

const PLATFORM = { runtime: "python3.13", architecture: "arm64" };

/** Synthesizes into the same output folder each time; returns the copy's path, all copies and the note beside them. */
function synthesize() {
  const app = new App({ outdir: join(folder, "out"), stackTraces: false });
  const lambdaSource = new LambdaSource(new TerraformStack(app, "test"), "source", source, PLATFORM);
  const { path, hasExecutables, takesBucket, node } = lambdaSource;
  app.synth();
  const stack = join(folder, "out", "stacks", "test");
  const modes = (file: string) => (statSync(join(stack, path, file)).mode & 0o777).toString(8);
  const warnings = node.metadata.map(({ data }) => data);
  const { "source.json": note = "", ...assets } = filesIn(join(stack, "assets"));
  return { path, hasExecutables, takesBucket, modes, warnings, assets, note };
}

/** Why the source is refused, without the path of its folder. */
function refusal(): string {
  try {
    synthesize();
  } catch (error) {
    if (error instanceof SourceError) return error.message.replace(relative(process.cwd(), source), "source");
    throw error;
  }
  return "not refused";
}

function write(file: string, content: string | Buffer = "content"): void {
  mkdirSync(dirname(join(source, file)), { recursive: true });
  writeFileSync(join(source, file), content);
}

test("the stack's folder holds the source, folders included and without bytecode", () => {
  const { path, assets, note } = synthesize();
  const [, name = "", digest = ""] = path.split("/");
  expect(path).toBe(`assets/${name}/${digest}`);
  expect(assets).toEqual({
    [join(name, digest, "index.py")]: "import package\n",
    [join(name, digest, "package", "__init__.py")]: "",
  });
  expect(JSON.parse(note)).toEqual({ source: relative(process.cwd(), source) });
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

test("the digest of regular files is that of earlier versions", () => {
  expect(synthesize().path).toMatch(/\/cdbc69473561d5a741c72a505d5bf77a$/);
});

const CERTIFICATES = "# Issuer: Example\n-----BEGIN CERTIFICATE-----\n";

test.each([
  ...[
    ".env",
    ".env.local",
    ".envrc",
    "keys/server.pem",
    "server.key",
    "id_rsa",
    "id_ed25519",
    ".npmrc",
    ".aws/credentials",
  ],
  ...[".git/HEAD", ".gitignore", ".venv/bin/python", "venv/pyvenv.cfg"],
  ...[
    "package/__pycache__/index.pyc",
    "index.pyc",
    ".pytest_cache/a",
    ".mypy_cache/a",
    ".ruff_cache/a",
    ".hypothesis/a",
  ],
  ...[".coverage", ".idea/a", ".vscode/a", "index.py~", ".index.py.swp", "#index.py#", "4913", "index.py___jb_tmp___"],
  ...[".DS_Store", "package/._index.py", "Thumbs.db", ".terraform/a", "cdktf.out/a"],
])("%s is not deployed and does not change the digest", (file) => {
  const { path, assets } = synthesize();
  write(file);
  expect(synthesize()).toMatchObject({ path, assets });
});

test.each([
  ...[
    "keys.py",
    "environment.py",
    "id_rsa.pub",
    "venv.py",
    "package/tests/test_a.py",
    ".config.json",
    "x.dist-info/RECORD",
  ],
  ...["numpy.libs/lib.so", "numpy/.libs/lib.so", "node_modules/a/index.js", "venv/index.py", "credentials.json"],
])("%s is deployed", (file) => {
  const { path, assets } = synthesize();
  write(file);
  const after = synthesize();
  expect(after.path).not.toBe(path);
  expect(Object.keys(after.assets)).toHaveLength(Object.keys(assets).length + 1);
});

test(".lambdaignore leaves out what its lines match, and brings back only what they left out", () => {
  for (const file of ["notes.md", "a/docs/x", "data/a.csv", "data/keep.csv", "README.MD", ".env", ".envrc"])
    write(file);
  write(".lambdaignore", "# Documents\n*.md\ndocs/\n/data/*\n!/data/keep.csv\n!.env\n.envrc\nrequirements.txt\n");
  symlinkSync("gone", join(source, "link.md"));
  write("b/docs", "a file");
  write("requirements.txt", "# None\n");
  const names = () => Object.keys(synthesize().assets).map((file) => file.split("/").slice(2).join("/"));
  const left = ["README.MD", "b/docs", "data/keep.csv", "index.py", "package/__init__.py", "requirements.txt"];
  expect(names()).toEqual(left);
  // A pattern silences the warning.
  expect(synthesize().warnings).toEqual([expect.stringContaining("secrets are not deployed: .env; ")]);
  write("package/.lambdaignore", "__init__.py\n");
  expect(names()).toEqual([...left, "package/.lambdaignore"].sort());
});

test("a .lambdaignore that matches no file changes no digest", () => {
  const { path } = synthesize();
  write(".lambdaignore", "*.md\n");
  expect(synthesize().path).toBe(path);
});

test.each([CERTIFICATES, "-----BEGIN TRUSTED CERTIFICATE-----\n", "-----BEGIN PUBLIC KEY-----\n"])(
  "certificates and public keys are deployed, and a private key is not: %j",
  (text) => {
    const { path } = synthesize();
    for (const kind of ["PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "PGP PRIVATE KEY BLOCK"]) {
      write("certifi/cacert.pem", `${text}-----BEGIN ${kind}-----\n`);
      expect(synthesize().path).toBe(path);
    }
    write("certifi/cacert.pem", text);
    const after = synthesize();
    expect([after.path === path, after.warnings]).toEqual([false, []]);
  },
);

test("files that look like secrets, and what is no file, are named", () => {
  for (const file of [".env", "keys/server.pem", "package/credentials.json"]) write(file);
  execFileSync("mkfifo", [join(source, "pipe")]);
  const shown = relative(process.cwd(), source);
  expect(synthesize().warnings).toEqual([
    `${shown}: secrets are not deployed: .env, keys/server.pem; keep them in another folder`,
    `${shown}: these names suggest secrets, and are deployed: package/credentials.json; keep secrets in AWS Secrets Manager`,
    `${shown}: sockets, pipes and devices are not deployed: pipe; delete them`,
  ]);
});

test("a linked file and a linked folder are deployed as what they lead to", () => {
  mkdirSync(join(folder, "elsewhere", "sub"), { recursive: true });
  writeFileSync(join(folder, "elsewhere", "sub", "b.py"), "b");
  symlinkSync(join(folder, "elsewhere"), join(source, "linked"));
  symlinkSync("index.py", join(source, "main.py"));
  const before = synthesize();
  const contents = (assets: Record<string, string>) =>
    Object.entries(assets).map(([file, content]) => [file.split("/").slice(2).join("/"), content]);
  expect(contents(before.assets)).toEqual([
    ["index.py", "import package\n"],
    ["linked/sub/b.py", "b"],
    ["main.py", "import package\n"],
    ["package/__init__.py", ""],
  ]);
  rmSync(join(folder, "elsewhere", "sub", "b.py"));
  writeFileSync(join(folder, "elsewhere", "sub", "b.py"), "c");
  expect(synthesize().path).not.toBe(before.path);
});

test("an editor's dangling link is no concern", () => {
  const { path } = synthesize();
  symlinkSync("user@host.1234:5678", join(source, ".#index.py"));
  expect(synthesize().path).toBe(path);
});

test.each([
  ["gone.py", 'is a link to "gone.py", where there is no file; mend or delete the link'],
  ["link", 'is a link to "link", which leads back to it; mend or delete the link'],
  ["..", "is a link to a folder that contains it; delete the link"],
])("a link to %s is refused in a line", (target, message) => {
  symlinkSync(target, join(source, "package", "link"));
  expect(refusal()).toBe(`source/package/link: ${message}`);
});

test("a source that is missing or empty is refused in a line", () => {
  rmSync(source, { recursive: true });
  expect(refusal()).toBe("source: does not exist; create it, or put it back");
  mkdirSync(source);
  expect(refusal()).toBe("source: has no file to deploy; add the function's code");
});

test("the copy has Git's modes, and the digest has the executable files", () => {
  const { path, hasExecutables } = synthesize();
  write("run.sh");
  const before = synthesize();
  chmodSync(join(source, "run.sh"), 0o700);
  chmodSync(join(source, "index.py"), 0o600);
  const after = synthesize();
  expect([hasExecutables, before.hasExecutables, after.hasExecutables]).toEqual([false, false, true]);
  expect(new Set([path, before.path, after.path]).size).toBe(3);
  expect(["run.sh", "index.py"].map(after.modes)).toEqual(["755", "644"]);
  // So that it is the digest of every machine.
  chmodSync(join(source, "run.sh"), 0o775);
  expect(synthesize().path).toBe(after.path);
});

test("a file system without permissions has no executable files", () => {
  const { path } = synthesize();
  for (const file of ["index.py", "package/__init__.py"]) chmodSync(join(source, file), 0o777);
  expect(synthesize().path).toBe(path);
});

test("a package of more than 50 MB zipped takes a bucket, and more than Lambda takes is refused with the largest files", () => {
  const noise = randomBytes(1024 * 1024);
  write("model/weights.bin", Buffer.concat(Array(49).fill(noise)));
  write("zeros.bin", "");
  truncateSync(join(source, "zeros.bin"), 190 * 1024 * 1024);
  expect(synthesize().takesBucket).toBe(false);
  write("model/weights.bin", Buffer.concat(Array(50).fill(noise)));
  expect(synthesize().takesBucket).toBe(true);
  unlinkSync(join(source, "zeros.bin"));
  truncateSync(join(source, "model", "weights.bin"), 251 * 1024 * 1024);
  expect(refusal()).toBe(
    "source: 251 MB unpacked are too much; Lambda takes 250 MB at most; the largest files are model/weights.bin 251 MB",
  );
});

test("more than Lambda takes is refused, with the largest packages by name", () => {
  const sizes = { numpy: 90, scipy: 80, pandas: 70, lxml: 60, pillow: 50, six: 1 };
  const files = Object.entries(sizes).flatMap(([library, megabytes]) =>
    ["a.so", "b.so"].map((name) => ({
      path: `${library}/${name}`,
      bytes: (megabytes / 2) * 1024 * 1024,
      zippedBytes: (megabytes / 8) * 1024 * 1024,
      isExecutable: false,
      library,
    })),
  );
  const names = "numpy 90 MB, scipy 80 MB, pandas 70 MB, lxml 60 MB, pillow 50 MB";
  expect(() => refuseTooLarge(source, [], files)).toThrow(
    `: 351 MB unpacked are too much; Lambda takes 250 MB at most; the largest packages and files are ${names}`,
  );
  refuseTooLarge(source, [], files.slice(0, 6));
  expect([4, 6].map((count) => takesBucket(source, [], files.slice(0, count)))).toEqual([false, true]);
});

test("more files than a zip file counts are refused", () => {
  const files = Array.from({ length: 65_535 }, (_, number) => [`${number}.txt`, 1] as const);
  refuseUnpacked(source, files);
  expect(() => refuseUnpacked(source, [...files, ["one.txt", 1]])).toThrow(
    /: 65536 files are too many.* 65535 at most; /,
  );
});
