import { spawnSync } from "node:child_process";
import type { FunctionDefaults } from "../function/function-props";
import { SourceError, shown } from "../source/source-files";
import { explainFailure } from "./pip-failure";

/** The part of a function's values that says which packages it can run. */
export type Platform = Pick<FunctionDefaults, "runtime" | "architecture">;

/** Names of tags from before `manylinux_2_<minor version of glibc>`. All runtimes have a newer glibc than these mean. */
const OLDER_TAGS = ["manylinux2014", "manylinux2010", "manylinux1"];

/**
 * Runs pip with Lambda's values of the markers in requirements, such as `python_version`. By itself, pip takes those of the
 * Python that runs it, also where it installs for another one.
 */
const SCRIPT = `
import json, runpy, sys
sys.path[:] = [folder for folder in sys.path if folder]
from pip._vendor.packaging import markers
environment = json.loads(sys.argv.pop(1))
markers.default_environment = lambda: dict(environment)
runpy.run_module("pip", run_name="__main__")
`;

/**
 * Installs the packages of a `requirements.txt`, and what they require, for a function.
 *
 * @param file the requirements
 * @param folder an existing folder, which gets the packages
 * @throws SourceError if pip cannot install them
 */
export function pipInstall(file: string, folder: string, platform: Platform): void {
  // npm sets the variable for its --offline.
  if (process.env.npm_config_offline === "true") {
    throw new SourceError(`${shown(file)}: --offline forbids to fetch the packages; leave it out once`);
  }
  const args = ["--target", folder, "--requirement", file, "--only-binary=:all:", "--no-compile", "--no-user"];
  const quiet = ["--quiet", "--disable-pip-version-check", "--no-input", "--no-warn-script-location"];
  const { error, status, stdout, stderr } = spawnSync(
    "python3",
    ["-B", "-c", SCRIPT, JSON.stringify(markersOf(platform)), "install", ...args, ...quiet, ...tagOptions(platform)],
    { env: { ...process.env, PIP_REQUIRE_VIRTUALENV: "0" }, encoding: "utf8" },
  );
  if (status === 0) return;
  const why = error
    ? `python3 does not run (${(error as NodeJS.ErrnoException).code}), whose pip installs the packages; install Python`
    : explainFailure(`${stdout}\n${stderr}`, platform);
  throw new SourceError(`${shown(file)}: ${why}`);
}

/** The options of pip that name the wheels that fit. pip compares the names of platforms exactly. */
function tagOptions(platform: Platform): string[] {
  const { minor, version } = pythonOf(platform);
  const machine = machineOf(platform);
  // python3.12 was the first runtime on Amazon Linux 2023; the earlier ones have Amazon Linux 2.
  const glibc = minor >= 12 ? 34 : 26;
  const tags = Array.from({ length: glibc - 4 }, (_, older) => `manylinux_2_${glibc - older}`);
  const platforms = [...tags, ...OLDER_TAGS];
  return [
    ...platforms.flatMap((tag) => ["--platform", `${tag}_${machine}`]),
    ...["--python-version", version, "--implementation", "cp", "--abi", `cp3${minor}`],
  ];
}

/** https://packaging.python.org/en/latest/specifications/dependency-specifiers/#environment-markers */
function markersOf(platform: Platform): Readonly<Record<string, string>> {
  const { minor, version } = pythonOf(platform);
  return {
    implementation_name: "cpython",
    implementation_version: version,
    os_name: "posix",
    platform_machine: machineOf(platform),
    platform_python_implementation: "CPython",
    platform_release: "",
    platform_system: "Linux",
    platform_version: "",
    python_full_version: version,
    python_version: `3.${minor}`,
    sys_platform: "linux",
  };
}

/** Lambda's patch version changes. All of its runtimes are beyond 9, and packages exclude only earlier ones. */
function pythonOf({ runtime }: Platform) {
  const minor = Number(/^python3\.(\d+)$/.exec(runtime)?.[1]);
  return { minor, version: `3.${minor}.9` };
}

function machineOf({ architecture }: Platform): string {
  return architecture === "arm64" ? "aarch64" : architecture;
}
