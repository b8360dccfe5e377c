import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { run } from "@local/command-line/process/child-process";
import { PROJECT_FOLDER } from "@local/command-line/project";
import { localEnvironment } from "@local/terraform/environment";
import { findPython } from "../../../emulator/python";
import { linkLibraries } from "../../../function/sandbox/libraries";
import { describeWithPython, until } from "../echo-api";
import { SmallFunction, writeFiles } from "./small-function";

/** Runs the event as Python. Answers with the value of `answer`, or with the error. */
const RUNS = `
import os, sys, tempfile
def handler(event, context):
    names = {}
    try:
        exec(event, globals(), names)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return names.get("answer")
`;

/** Imports each module of a list, and answers with the names of those that it could. */
const importAll = (modules: readonly string[]) => `
import importlib
answer = []
for name in ${JSON.stringify(modules)}:
    try:
        importlib.import_module(name)
        answer.append(name)
    except ModuleNotFoundError as error:
        assert error.name == name, error
`;

describeWithPython("a function's sandbox", () => {
  let fn: SmallFunction;
  beforeAll(async () => {
    const files = { "index.py": RUNS, "package/__init__.py": "" };
    fn = await SmallFunction.start(files, { Environment: { Variables: { MINE: "1" } } }, true);
  });
  afterAll(() => SmallFunction.stopAll());

  const answerOf = async (python: string) => (await fn.invoke(python)).result;

  test("has Python's own modules, boto3 with what it requires, and no other package of this machine", async () => {
    const there = ["boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six", "urllib3", "json", "sqlite3"];
    const missing = ["requests", "moto", "flask", "jinja2", "werkzeug", "yaml", "cryptography", "pytest", "pip"];
    const own = ["bootstrap", "logs", "read_only", "marshaller", "link_libraries"];
    expect(await answerOf(importAll([...there, ...missing, ...own]))).toEqual(there);
    const packages =
      "from importlib.metadata import distributions as all\nanswer = sorted(d.metadata['Name'] for d in all())";
    const required = ["boto3", "botocore", "jmespath", "python-dateutil", "s3transfer", "six", "urllib3"];
    expect(await answerOf(packages)).toEqual(required);
    expect(await answerOf("answer = [len(sys.argv), exit.name, callable(help)]")).toEqual([1, "exit", true]);
  });

  test("has them whatever the user has set for Python", async () => {
    const [python, file] = [join(fn.root, "python"), join(fn.root, "environment")];
    writeFileSync(python, `#!/bin/sh\nenv > '${file}'\nexec '${await findPython()}' "$@"\n`, { mode: 0o755 });
    expect(readdirSync(await linkLibraries(python, fn.root))).toContain("boto3");
    const names = readFileSync(file, "utf8").match(/^\w+(?==)/gm) ?? [];
    const byShell = ["PWD", "OLDPWD", "SHLVL", "_"];
    expect(names.filter((name) => !byShell.includes(name)).sort()).toEqual(Object.keys(localEnvironment()).sort());
  });

  test("fails to load a function that imports another package, as AWS does", async () => {
    const { loadFailure } = await (await SmallFunction.start("import requests\n", {}, true)).invoke();
    expect(loadFailure).toEqual({
      error: expect.objectContaining({
        errorType: "Runtime.ImportModuleError",
        errorMessage: "Unable to import module 'index': No module named 'requests'",
      }),
      location: "index.py:1",
    });
  });

  test("prefers the function's own modules to the libraries", async () => {
    const files = { "index.py": RUNS, "jmespath.py": "VERSION = 'own'", "requests/__init__.py": "VERSION = 'beside'" };
    const prefers = await SmallFunction.start(files, {}, true);
    const python = "import jmespath, requests\nanswer = [jmespath.VERSION, requests.VERSION]";
    expect((await prefers.invoke(python)).result).toEqual(["own", "beside"]);
  });

  test("finds boto3 and what it requires, however they are installed", async () => {
    const root = mkdtempSync(join(tmpdir(), "libraries-"));
    writeFiles(root, {
      // As pip has it, with the names of its modules only in the list of its files, and another spelling in the requirement.
      "first/boto3-9.dist-info/METADATA":
        'Name: boto3\nRequires-Dist: Core.Part (<9,>=1)\nRequires-Dist: wrong; extra == "crt"\nRequires-Dist: wrong; python_version < "3"\nRequires-Dist: gone\n',
      "first/boto3-9.dist-info/RECORD":
        "boto3/__init__.py,,\n__pycache__/x.pyc,,\n../../bin/tool,,\nboto3-9.dist-info/METADATA,,\n",
      "first/boto3/__init__.py": "",
      "first/__pycache__/x.pyc": "",
      // As Debian has it, without that list, and in another folder.
      "second/core_part-1.egg-info/PKG-INFO": "Name: core-part\nRequires-Dist: edited[more]>=1\nRequires-Dist: boto3\n",
      "second/core_part.py": "",
      // In development, in a third folder.
      "first/edited-1.dist-info/METADATA": "Name: edited\n",
      "first/edited-1.dist-info/RECORD": "__editable___edited_finder.py,,\n",
      "first/edited-1.dist-info/top_level.txt": "edited\n",
      "third/edited/__init__.py": "",
      "first/wrong-1.dist-info/METADATA": "Name: wrong\n",
      "first/wrong/__init__.py": "",
    });
    const script = join(PROJECT_FOLDER, "packages", "aws-on-this-machine", "function", "sandbox", "link_libraries.py");
    const PYTHONPATH = ["first", "second", "third"].map((name) => join(root, name)).join(":");
    const libraries = join(root, "libraries");
    mkdirSync(libraries);
    expect(await run(await findPython(), [script, libraries], { env: { PYTHONPATH } })).toMatchObject({ stderr: "" });
    const links = readdirSync(libraries).map((name) => [
      name,
      readlinkSync(join(libraries, name)).replace(`${root}/`, ""),
    ]);
    rmSync(root, { recursive: true });
    expect(Object.fromEntries(links)).toEqual({
      boto3: "first/boto3",
      "boto3-9.dist-info": "first/boto3-9.dist-info",
      "core_part.py": "second/core_part.py",
      "core_part-1.egg-info": "second/core_part-1.egg-info",
      edited: "third/edited",
      "edited-1.dist-info": "first/edited-1.dist-info",
    });
  });

  test("has Lambda's home, a temporary folder, and only variables that Lambda, AWS SDKs or the settings set", async () => {
    const python = `answer = [
      os.path.expanduser("~"), os.getcwd() == os.environ["LAMBDA_TASK_ROOT"], tempfile.gettempdir(),
      sorted(name for name in os.environ if not name.startswith("AWS_")), os.environ["PATH"].split(":")[1:],
    ]`;
    const [home, isInCode, temporary, variables, path] = await answerOf(python);
    expect([home, isInCode, dirname(temporary) === fn.root]).toEqual(["/home/sbx_user1051", true, true]);
    const lambdas = [
      "HOME",
      "LAMBDA_TASK_ROOT",
      "LANG",
      "MINE",
      "PATH",
      "TMPDIR",
      "TZ",
      "_HANDLER",
      "_X_AMZN_TRACE_ID",
    ];
    // Python itself sets LC_CTYPE on a machine that lacks Lambda's locale.
    expect(variables.filter((name: string) => name !== "LC_CTYPE")).toEqual(lambdas);
    expect(path).toEqual(["/usr/local/bin", "/usr/bin", "/bin"]);
  });

  test("has a temporary folder for each process, which is removed with it", async () => {
    const write = "open(tempfile.gettempdir() + '/kept', 'x').close()\nanswer = tempfile.gettempdir()";
    const first = await answerOf(write);
    expect(readdirSync(first)).toEqual(["kept"]);
    await fn.invoke("os._exit(1)");
    await until(() => !existsSync(first));
    const second = await answerOf(write);
    expect([second === first, readdirSync(second)]).toEqual([false, ["kept"]]);
  });

  test.each([
    ["open('new.txt', 'w')", "new.txt"],
    ["open(b'index.py', 'a')", "index.py"],
    ["open(os.environ['LAMBDA_TASK_ROOT'] + '/index.py', 'r+')", "CODE/index.py"],
    ["os.open(os.path.abspath('new'), os.O_CREAT | os.O_WRONLY)", "CODE/new"],
    ["os.mkdir('new')", "new"],
    ["import pathlib; pathlib.Path('marker').touch()", "marker"],
    ["open('/usr/new', 'w')", "/usr/new"],
    ["import pathlib; pathlib.Path('/usr/new').write_text('x')", "/usr/new"],
    ["os.remove('index.py')", "index.py"],
    ["os.rename('index.py', 'other.py')", "index.py"],
    ["os.replace(tempfile.mkstemp()[1], 'index.py')", "index.py"],
    ["os.symlink('index.py', 'other.py')", "other.py"],
    ["os.link('index.py', 'other.py')", "other.py"],
    ["os.truncate('index.py', 0)", "index.py"],
    ["os.chmod('index.py', 0o777)", "index.py"],
    ["os.utime('index.py')", "index.py"],
    ["os.rmdir('package')", "package"],
    [
      "os.symlink(os.getcwd(), tempfile.gettempdir() + '/code'); open(tempfile.gettempdir() + '/code/new', 'w')",
      "TMP/code/new",
    ],
  ])("refuses %s with Lambda's error", async (python, path) => {
    const before = readdirSync(fn.folder);
    const answer: string = await answerOf(python);
    const named = answer.replace(fn.folder, "CODE").replace(/'[^']*\/\w+\/code\/new/, "'TMP/code/new");
    expect(named).toBe(`OSError: [Errno 30] Read-only file system: '${path}'`);
    expect(readdirSync(fn.folder)).toEqual(before);
  });

  test.each([
    "open(os.path.expanduser('~/.cache/new'), 'w')",
    "open('nowhere/new', 'w')",
    "os.open('nowhere/new', os.O_CREAT | os.O_WRONLY)",
    "open('nowhere', 'r+')",
    "os.mkdir('/nowhere/new')",
    "os.remove('/nowhere/new')",
  ])("finds no folder or file for %s, as on AWS", async (python) => {
    expect(await answerOf(python)).toMatch(/^FileNotFoundError: \[Errno 2\]/);
  });

  test("lets the function open a file with the flag to create it, if the file exists and is not written", async () => {
    expect(await answerOf("answer = len(os.read(os.open('index.py', os.O_CREAT), 5))")).toBe(5);
    expect(await answerOf("open('index.py', 'x')")).toMatch(/^FileExistsError: /);
  });

  test("spawns processes that import the function's modules, and manages objects between them", async () => {
    const python = `
import multiprocessing, package.work
process = multiprocessing.get_context("spawn").Process(target=package.work.work)
process.start()
process.join()
with multiprocessing.Manager() as manager:
    answer = [process.exitcode, list(manager.list([1]))]
`;
    const files = { "index.py": RUNS, "package/work.py": "import boto3, sys\ndef work():\n    sys.exit(7)\n" };
    const spawns = await SmallFunction.start(files, {}, true);
    expect((await spawns.invoke(python)).result).toEqual([7, [1]]);
  });

  test("keeps the path of its temporary folder short, for the sockets of multiprocessing", async () => {
    const below = (await answerOf("answer = tempfile.gettempdir()")).slice(fn.root.length);
    const socket = `/serverless-XXXXXX/f${below}/pymp-12345678/listener-12345678`;
    // The length of macOS's own TMPDIR, and the longest path of a socket there.
    expect(48 + socket.length).toBeLessThanOrEqual(103);
  });

  test("shows no frame of the runtime in the trace of a refused write", async () => {
    const writes = await SmallFunction.start("def handler(event, context):\n    open('new', 'w')\n");
    const line = `  File "${writes.folder}/index.py", line 2, in handler\n    open('new', 'w')\n`;
    expect((await writes.invoke()).result).toMatchObject({ errorType: "OSError", stackTrace: [line] });
  });

  test("lets the function write into its temporary folder, /tmp and devices, in every way", async () => {
    const python = `
import pathlib, shutil
folder = tempfile.mkdtemp()
pathlib.Path(folder, "a").write_text("a")
os.link(folder + "/a", folder + "/b")
os.symlink(os.getcwd(), folder + "/link")
os.rename(folder + "/b", folder + "/c")
os.makedirs(folder + "/deep/er")
shutil.copytree(folder, folder + "/copy", symlinks=True)
os.remove(folder + "/link")
descriptor = os.open(folder, os.O_RDONLY)
os.close(os.open("relative", os.O_CREAT | os.O_WRONLY, dir_fd=descriptor))
os.mkdir("made", dir_fd=descriptor)
os.chmod(descriptor, 0o700)
os.close(descriptor)
with tempfile.TemporaryFile() as one, tempfile.NamedTemporaryFile() as other, tempfile.TemporaryDirectory(dir="/tmp") as third:
    open(third + "/x", "w").close()
open(os.devnull, "w").close()
os.write(os.open("/dev/null", os.O_WRONLY), b"x")
os.makedirs(os.getcwd(), exist_ok=True)
answer = sorted(os.listdir(folder))
shutil.rmtree(folder)
`;
    expect(await answerOf(python)).toEqual(["a", "c", "copy", "deep", "made", "relative"]);
    // Linux says of a folder that exists first that it exists.
    expect(await answerOf("os.mkdir('package')")).toMatch(/^FileExistsError: /);
  });

  test("says what to do in place of breakpoint(), and goes on", async () => {
    const stops = await SmallFunction.start("def handler(event, context):\n    breakpoint()\n    return 'went on'\n");
    expect((await stops.invoke()).result).toBe("went on");
    const instead = "Start with npm start -- --debug, and attach a debugger.";
    expect(stops.log).toEqual([`breakpoint() at index.py:2 does not stop the function here. ${instead}`]);
  });

  test("says the same after pdb has ended the run", async () => {
    const stops = await SmallFunction.start(
      "def handler(event, context):\n    import pdb; pdb.set_trace()\n    return 1\n",
    );
    expect((await stops.invoke()).result.errorType).toBe("BdbQuit");
    const said = "The function has no terminal, so its debugger ended the run. Start with npm start -- --debug";
    expect(stops.log.at(-1)).toContain(said);
  });
});
