import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findPython } from "@local/aws-on-this-machine/emulator/python";
import { ArchivedSource } from "@local/aws-on-this-machine/function/code/archived-source";
import { CodeZip } from "@local/aws-on-this-machine/function/code/code-zip";
import { unpack } from "@local/aws-on-this-machine/function/code/unpack";
import { readFunction, updateFunctionCode } from "@local/aws-on-this-machine/function/function-code";
import { installRequirements, showToEditors } from "@local/aws-on-this-machine/function/sandbox/requirements";
import { run } from "@local/command-line/process/child-process";
import { FunctionSource } from "../../constructs/source/function-source";
import { describeWithPython, until } from "../../packages/aws-on-this-machine/__tests__/local/echo-api";
import { FakeLambda } from "../../packages/aws-on-this-machine/__tests__/local/function/fake-lambda";
import { writeFiles } from "../../packages/aws-on-this-machine/__tests__/local/function/small-function";
import { filesIn } from "../files";
import { writeWheel } from "../wheel";
import { smallLiveFunction } from "./small-live-function";

const CACHE = "node_modules/.cache/local-libraries";
const INDEX = "import native\ndef handler(event, context):\n    return native.VERSION\n";

/** The packages that synthesis deploys, for another machine. */
const FOR_LAMBDA = {
  "native/__init__.py": "raise ImportError('for another machine')\n",
  "native-1.0.dist-info/RECORD": 'native/__init__.py,,\nnative-1.0.dist-info/RECORD,,\n"native/a ""b"", c",,\n',
  'native/a "b", c': "",
};

describeWithPython("a function with a requirements.txt", () => {
  const env = { ...process.env };
  let root: string;
  let source: string;
  let kept: readonly string[];
  const cached = () => {
    mkdirSync(CACHE, { recursive: true });
    return readdirSync(CACHE);
  };

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "requirements-"));
    source = join(root, "lambda-src");
    kept = cached();
    for (const name of Object.keys(process.env)) if (name.startsWith("PIP_")) delete process.env[name];
    Object.assign(process.env, {
      PIP_CONFIG_FILE: "/dev/null",
      PIP_NO_INDEX: "1",
      PIP_FIND_LINKS: join(root, "wheels"),
    });
    mkdirSync(join(root, "wheels"));
    for (const version of ["1.0", "2.0"]) {
      const files = { "native/__init__.py": `VERSION = ${version}\n` };
      writeWheel(join(root, "wheels"), { name: "native", version, files });
    }
  });
  afterEach(() => {
    for (const name of Object.keys(process.env)) if (!(name in env)) delete process.env[name];
    Object.assign(process.env, env);
    rmSync(root, { recursive: true });
    for (const name of cached()) if (!kept.includes(name)) rmSync(join(CACHE, name), { recursive: true });
  });

  test("runs here with packages for this machine, also after a save", async () => {
    const python = await findPython();
    const lambda = new FakeLambda();
    const notices: string[] = [];
    writeFiles(source, { "index.py": INDEX, "requirements.txt": "native==1.0\n", ...FOR_LAMBDA });
    await updateFunctionCode(lambda.client, "small", new FunctionSource(source));
    for (const name of Object.keys(FOR_LAMBDA)) rmSync(join(source, name));
    lambda.updates = 0;
    const deployed = await readFunction(lambda.client, "small", join(root, "versions"));
    const packages = await installRequirements(python, deployed.codeFolder);
    const live = smallLiveFunction(
      { ...deployed, packages, source: "lambda-src" },
      { lambda, python, root, source, notices },
    );
    const answer = async () => JSON.parse((await live.invoke("{}", "id-1", "")).payload);
    try {
      live.watchSource();
      expect([await answer(), lambda.updates]).toEqual([1, 0]);
      writeFiles(source, { "requirements.txt": "native==2.0\n" });
      expect([await answer(), lambda.updates]).toEqual([2, 1]);

      const editors = join(source, ".venv", "bin", "python");
      const { stdout } = await run(editors, ["-c", "import native; print(native.VERSION)"]);
      expect(stdout).toBe("2.0\n");

      writeFiles(source, { "requirements.txt": "native==3.0\n" });
      expect(await answer()).toBe(2);
      await until(() => notices.length > 1);
      expect(notices.at(-1)).toMatch(
        /^small could not be updated: The packages of requirements.txt cannot be installed for .*: Could not find a version .* native==3.0 /,
      );
      expect(cached().filter((name) => name.startsWith("unfinished-"))).toEqual([]);
    } finally {
      await live.stop();
    }
  });

  test("of a user's archive gets no environment, which would be in the archive", async () => {
    const python = await findPython();
    const lambda = new FakeLambda();
    const archived = new ArchivedSource({ folder: source, excludes: [] });
    writeFiles(source, { "index.py": INDEX, "requirements.txt": "native==1.0\n" });
    await updateFunctionCode(lambda.client, "small", archived);
    const deployed = await readFunction(lambda.client, "small", join(root, "versions"));
    const packages = await installRequirements(python, deployed.codeFolder);
    const live = smallLiveFunction(
      { ...deployed, packages, source: "lambda-src" },
      { lambda, python, root, source: archived, notices: [] },
    );
    const answer = async () => JSON.parse((await live.invoke("{}", "id-1", "")).payload);
    try {
      live.watchSource();
      writeFiles(source, { "requirements.txt": "native==2.0\n" });
      expect(await answer()).toBe(2);
      expect(readdirSync(source).sort()).toEqual(["index.py", "requirements.txt"]);
    } finally {
      await live.stop();
    }
  });

  test("is beside the only file of a user's archive", async () => {
    const lambda = new FakeLambda();
    const archived = new ArchivedSource({ folder: source, file: join(source, "index.py"), excludes: [] });
    writeFiles(source, { "index.py": INDEX });
    await updateFunctionCode(lambda.client, "small", archived);
    const deployed = await readFunction(lambda.client, "small", join(root, "versions"));
    const props = { lambda, python: await findPython(), root, source: archived, notices: [] };
    const live = smallLiveFunction({ ...deployed, source: "lambda-src" }, props);
    try {
      live.watchSource();
      writeFiles(source, { "index.py": `${INDEX}# saved`, "requirements.txt": "native==1.0\n" });
      expect((await live.invoke("{}", "id-1", "")).payload).toBe("1.0");
    } finally {
      await live.stop();
    }
  });

  test("keeps an environment of the user's own", async () => {
    const python = await findPython();
    writeFiles(source, { "requirements.txt": "native==1.0\n", ".venv/own": "" });
    const packages = await installRequirements(python, source);
    expect(await installRequirements(python, source)).toBe(packages);
    await showToEditors(python, source, packages ?? "");
    expect(filesIn(join(source, ".venv"))).toEqual({ own: "" });
  });

  test("is unpacked without the packages that are for Lambda, and without a requirements.txt with all", () => {
    writeFiles(source, { "index.py": INDEX, ...FOR_LAMBDA });
    const files = () =>
      Object.keys(filesIn(unpack(new CodeZip().zip(new FunctionSource(source)), join(root, "versions")).codeFolder));
    expect(files()).toEqual(["index.py", ...Object.keys(FOR_LAMBDA)].sort());
    writeFiles(source, { "requirements.txt": "native==1.0\n" });
    expect(files()).toEqual(["index.py", "requirements.txt"]);
  });
});
