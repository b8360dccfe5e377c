import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { CodeZip } from "@local/aws-on-this-machine/function/code/code-zip";
import { App, TerraformStack } from "cdktf";
import { LambdaSource } from "../../constructs/function/lambda-source";
import { FunctionSource } from "../../constructs/source/function-source";
import { SourceError } from "../../constructs/source/source-files";
import { describeWithPython } from "../../packages/aws-on-this-machine/__tests__/local/echo-api";
import { writeFiles } from "../../packages/aws-on-this-machine/__tests__/local/function/small-function";
import { filesIn } from "../files";
import { writeWheel } from "../wheel";

const ARM = { runtime: "python3.13", architecture: "arm64" };
const X86 = { runtime: "python3.13", architecture: "x86_64" };
/** Writes a module for each line of the requirements into pip's `--target`: pip itself takes a second. */
const INSTALL = `sed 's/==.*//' "$9" | while read -r name; do touch "$7/$name.py"; done`;
const WRONG_HASH = "0".repeat(64);

describeWithPython("a source with a requirements.txt", () => {
  const env = { ...process.env };
  const umask = process.umask();
  const home = process.cwd();
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "libraries-"));
    mkdirSync(join(folder, "wheels"));
    enter("project");
    for (const name of Object.keys(process.env)) if (name.startsWith("PIP_")) delete process.env[name];
    Object.assign(process.env, {
      PIP_CONFIG_FILE: "/dev/null",
      PIP_NO_INDEX: "1",
      PIP_FIND_LINKS: join(folder, "wheels"),
    });
  });
  afterEach(() => {
    process.chdir(home);
    process.umask(umask);
    for (const name of Object.keys(process.env)) if (!(name in env)) delete process.env[name];
    Object.assign(process.env, env);
    rmSync(folder, { recursive: true });
  });

  /** Makes the folder of a project, and goes there. */
  function enter(project: string): void {
    mkdirSync(join(folder, project, "src"), { recursive: true });
    process.chdir(join(folder, project));
    writeFileSync("src/index.py", "import pure\n");
  }

  const pin = (...lines: string[]) => writeFileSync("src/requirements.txt", `${lines.join("\n")}\n`);
  const wheel = (props: Parameters<typeof writeWheel>[1]) => writeWheel(join(folder, "wheels"), props);

  /** A pure package with all that pip writes differently on each machine, and one with a library for each architecture. */
  function writeWheels(): void {
    const requires = ['old; python_version < "3.13"', 'arm-only; platform_machine == "aarch64"'];
    wheel({
      name: "pure",
      requires,
      files: {
        "pure/__init__.py": "X = 1\n",
        "pure/tool": "#!/bin/sh\n",
        "pure-1.0.data/data/share/x.txt": "x",
        "pure/a, b.txt": "",
        "requirements.txt": "as badly made packages have it",
      },
      executables: ["pure/tool"],
      script: "pure = pure:main",
    });
    wheel({ name: "old", files: { "old.py": "" } });
    wheel({ name: "arm_only", files: { "arm_only.py": "" } });
    for (const machine of ["aarch64", "x86_64"]) {
      const library = `native/_native.cpython-313-${machine}-linux-gnu.so`;
      const files = { "native/__init__.py": "", "native/__pycache__/x.pyc": "old", [library]: machine };
      wheel({ name: "native", tag: `cp313-cp313-manylinux_2_28_${machine}`, files, executables: [library] });
    }
  }

  function synthesize(platform = ARM, outdir = mkdtempSync(join(folder, "out-"))) {
    const app = new App({ outdir, stackTraces: false });
    const { path, hasExecutables, node } = new LambdaSource(
      new TerraformStack(app, "test"),
      "source",
      resolve("src"),
      platform,
    );
    app.synth();
    const assets = join(outdir, "stacks", "test", path);
    const mode = (file: string) => (statSync(join(assets, file)).mode & 0o777).toString(8);
    const warnings = node.metadata.map(({ data }) => data);
    return {
      path,
      hasExecutables,
      warnings,
      mode,
      files: filesIn(assets),
      zip: new CodeZip().zip(new FunctionSource(assets)),
    };
  }

  function refusal(platform = ARM): string {
    try {
      synthesize(platform);
    } catch (error) {
      if (error instanceof SourceError) return error.message;
      throw error;
    }
    return "not refused";
  }

  /** Puts a program in place of python3. */
  function replacePython(script: string): void {
    mkdirSync("bin", { recursive: true });
    writeFileSync("bin/python3", `#!/bin/sh\n${script}\n`);
    chmodSync("bin/python3", 0o755);
    process.env.PATH = `${resolve("bin")}:${env.PATH}`;
  }

  const cached = () => (existsSync("node_modules") ? readdirSync("node_modules/.cache/function-libraries") : []);

  test("is deployed with the packages for its runtime and architecture, and without what varies", () => {
    writeWheels();
    pin("pure==1.0  # a comment", "native == 1.0");
    const arm = synthesize();
    expect(Object.keys(arm.files).filter((file) => !file.includes(".dist-info/"))).toEqual([
      "arm_only.py",
      "index.py",
      "native/__init__.py",
      "native/_native.cpython-313-aarch64-linux-gnu.so",
      "pure/__init__.py",
      "pure/a, b.txt",
      "pure/tool",
      "requirements.txt",
      "share/x.txt",
    ]);
    expect(Object.keys(arm.files).filter((file) => file.startsWith("pure-1.0.dist-info/"))).toEqual(
      ["METADATA", "RECORD", "WHEEL", "entry_points.txt"].map((file) => `pure-1.0.dist-info/${file}`),
    );
    const record = arm.files["pure-1.0.dist-info/RECORD"]?.split("\n") ?? [];
    expect(record).toEqual([...record.filter(Boolean)].sort().concat(""));
    expect(record).toContain("share/x.txt,,");
    expect(arm.files["pure-1.0.dist-info/RECORD"]).not.toMatch(/bin\/|INSTALLER|REQUESTED/);
    expect(arm.hasExecutables).toBe(true);
    expect(["pure/tool", "native/_native.cpython-313-aarch64-linux-gnu.so"].map(arm.mode)).toEqual(["755", "644"]);
    expect(arm.warnings).toEqual([
      "src/requirements.txt: packages require others, whose versions may differ on another machine; pin them, too: arm_only==1.0",
    ]);

    const x86 = synthesize(X86);
    expect(x86.path).not.toBe(arm.path);
    expect(Object.keys(x86.files)).toEqual(expect.arrayContaining(["native/_native.cpython-313-x86_64-linux-gnu.so"]));
    expect(Object.keys(x86.files)).not.toContain("arm_only.py");
    expect(x86.warnings).toEqual([]);
  });

  test("gives the same zip in two folders, with two umasks", () => {
    writeWheels();
    const [one, other] = [0o022, 0o077].map((mask) => {
      process.umask(mask);
      enter(`project-${mask}`);
      pin("pure==1.0", "native==1.0");
      chmodSync("src/index.py", 0o644);
      return synthesize();
    });
    expect(one?.path).toBe(other?.path);
    const modes = [one, other].map((synthesized) =>
      Object.keys(synthesized?.files ?? {}).map(synthesized?.mode ?? String),
    );
    expect(modes[0]).toEqual(modes[1]);
    expect(one?.zip.equals(other?.zip ?? Buffer.of())).toBe(true);
  });

  test("installs once for each text, runtime and architecture", () => {
    replacePython(`echo >> ../count; ${INSTALL}`);
    const count = () => (filesIn(folder).count ?? "").length;
    pin("pure==1.0");
    for (const platform of [ARM, ARM, X86, X86, { ...ARM, runtime: "python3.12" }, ARM]) synthesize(platform);
    expect(count()).toBe(3);
    pin("pure==1.0", "other==1.0");
    expect(Object.keys(synthesize().files)).toContain("other.py");
    pin("pure==1.0");
    expect(Object.keys(synthesize().files)).not.toContain("other.py");
    expect([count(), cached().length]).toEqual([4, 4]);
  });

  test("stays as it is in the stack's folder until the source changes", () => {
    wheel({ name: "pure", files: { "pure.py": "" } });
    pin("pure==1.0");
    const outdir = join(folder, "out");
    const { path } = synthesize(ARM, outdir);
    const assets = join(outdir, "stacks", "test", path, "..");
    const before = statSync(join(assets, basename(path), "index.py")).ctimeMs;
    mkdirSync(join(assets, "interrupted.unfinished"));
    synthesize(ARM, outdir);
    expect(statSync(join(assets, basename(path), "index.py")).ctimeMs).toBe(before);
    expect(readdirSync(assets)).toEqual([basename(path)]);
    writeFileSync("src/index.py", "import pure as other\n");
    const changed = synthesize(ARM, outdir);
    expect(changed.path).not.toBe(path);
    expect(readdirSync(assets)).toEqual([basename(changed.path)]);
  });

  test("takes no unfinished installation, and that of another synthesis which was first", () => {
    pin("pure==1.0");
    replacePython(`${INSTALL}; exit 1`);
    expect(refusal()).toMatch(/^src\/requirements.txt: pip cannot install the packages for python3.13 on arm64: /);
    expect(cached()).toEqual([]);

    replacePython(INSTALL);
    const { path } = synthesize();
    const [kept = ""] = cached();
    const cache = resolve("node_modules/.cache/function-libraries");
    renameSync(join(cache, kept), "first");
    replacePython(`${INSTALL}; mv first "${join(cache, kept)}"`);
    expect(synthesize().path).toBe(path);
    expect(cached()).toEqual([kept]);
  });

  test("takes wheels for the glibc of its runtime", () => {
    wheel({ name: "new", tag: "py3-none-manylinux_2_34_aarch64", files: { "new.py": "" } });
    wheel({ name: "old", tag: "py3-none-manylinux2014_aarch64", files: { "old.py": "" } });
    pin("new==1.0", "old==1.0");
    expect(refusal({ ...ARM, runtime: "python3.12" })).toBe("not refused");
    expect(refusal({ ...ARM, runtime: "python3.11" })).toMatch(/new==1.0 has no wheel for python3.11 on arm64/);
  });

  test.each([
    ["pure>=1", "src/requirements.txt:2: pure>=1 has no exact version; use pure==<version>"],
    ["pure [cli]", "src/requirements.txt:2: pure [cli] has no exact version; use pure [cli]==<version>"],
    ["pure==1.*", "src/requirements.txt:2: pure==1.* has no exact version; use pure==<version>"],
    ["-r other.txt", "src/requirements.txt:2: -r other.txt names another file; write its lines here"],
    [
      "native==2.0",
      "src/requirements.txt: native==2.0 has no wheel for python3.13 on arm64; these versions have one: 1.0",
    ],
    ["gone==2.0", "src/requirements.txt: gone==2.0 has no wheel for python3.13 on arm64; no version has one"],
    ["needy==1.0", "src/requirements.txt: gone>1 has no wheel for python3.13 on arm64; no version has one"],
    [
      `old==1.0 \\\n  --hash=sha256:${WRONG_HASH}`,
      /^src\/requirements.txt: old==1.0 has the hash [0-9a-f]{64}, which is not in the file; /,
    ],
    ["old==1.0\nold==2.0", /^src\/requirements.txt: pip cannot install .*: (Cannot install|Double requirement)/],
  ])("is refused in one line for %j", (line, message) => {
    writeWheels();
    wheel({ name: "native", version: "2.0", tag: "cp313-cp313-manylinux_2_28_x86_64", files: {} });
    wheel({ name: "old", version: "2.0", files: {} });
    wheel({ name: "needy", requires: ["gone>1"], files: {} });
    pin("# Packages", line);
    const refused = refusal();
    expect(refused).toEqual(typeof message === "string" ? message : expect.stringMatching(message));
    expect(refused).not.toContain("\n");
    expect(cached()).toEqual([]);
  });

  test("is refused where it has hashes, and lacks one for what a package requires", () => {
    writeWheels();
    const hash = createHash("sha256").update(readFileSync(join(folder, "wheels", "pure-1.0-py3-none-any.whl")));
    pin(`pure==1.0 --hash=sha256:${hash.digest("hex")}`);
    expect(refusal()).toBe(
      "src/requirements.txt: has hashes, so each installed package needs a line with a version and a hash; add arm-only",
    );
  });

  test("is refused in one line without a connection, offline, without Python and without pip", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await new Promise((done) => server.once("listening", done));
    const { port } = server.address() as AddressInfo;
    await new Promise((done) => server.close(done));
    pin("pure==1.0");
    delete process.env.PIP_NO_INDEX;
    Object.assign(process.env, { PIP_INDEX_URL: `http://127.0.0.1:${port}/simple`, PIP_RETRIES: "1", NO_PROXY: "*" });
    expect(refusal()).toBe(
      "src/requirements.txt: pip does not reach the package index (Connection refused); mend the connection, or name another index in PIP_INDEX_URL",
    );
    process.env.npm_config_offline = "true";
    expect(refusal()).toBe("src/requirements.txt: --offline forbids to fetch the packages; leave it out once");
    delete process.env.npm_config_offline;
    replacePython('echo "/usr/bin/python3: No module named pip" >&2; exit 1');
    expect(refusal()).toBe("src/requirements.txt: python3 has no pip, which installs the packages; install it");
    process.env.PATH = "/nowhere";
    expect(refusal()).toBe(
      "src/requirements.txt: python3 does not run (ENOENT), whose pip installs the packages; install Python",
    );
  });

  test("says what it means to pin what Lambda contains", () => {
    wheel({ name: "boto3", requires: ["botocore"], files: { "boto3/__init__.py": "" } });
    wheel({ name: "botocore", files: { "botocore/__init__.py": "" } });
    pin("boto3==1.0", "botocore==1.0");
    expect(synthesize().warnings).toEqual([
      "src/requirements.txt: Lambda's Python contains what boto3==1.0, botocore==1.0 replace, and AWS updates it; without them, the function is 1 MB smaller",
    ]);
  });

  test("is refused where a module of the source and one of a package have the same name", () => {
    wheel({ name: "pure", files: { "pure/__init__.py": "", "space/pure/x.py": "" } });
    pin("pure==1.0");
    writeFiles("src", { "space/own.py": "", "pure.json": "" });
    expect(refusal()).toBe("not refused");
    for (const file of ["pure.py", "pure/more.py", "space/pure/x.py"]) {
      writeFiles("src", { [file]: "" });
      expect(refusal()).toBe(`src/${file}: pure has a module of this name; rename it`);
      rmSync(join("src", file));
    }
    writeFiles("src", { "vendored-1.0.dist-info/RECORD": "" });
    expect(refusal()).toBe(
      "src/vendored-1.0.dist-info: is installed beside a requirements.txt; delete the package's files from the source",
    );
  });

  test("without a package installs none", () => {
    process.env.PATH = "/nowhere";
    const { path } = synthesize();
    pin("# None yet");
    expect(Object.keys(synthesize().files)).toEqual(["index.py", "requirements.txt"]);
    rmSync("src/requirements.txt");
    expect([synthesize().path, cached()]).toEqual([path, []]);
  });
});
