import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { strToU8, type Zippable, zipSync } from "fflate";

export interface WheelProps {
  readonly name: string;
  readonly version?: string;
  /** @default - for every Python and machine */
  readonly tag?: string;
  readonly requires?: readonly string[];
  readonly files: Readonly<Record<string, string>>;
  /** The files that are executable. */
  readonly executables?: readonly string[];
  /** A line of its `console_scripts`. */
  readonly script?: string;
}

/** Writes a wheel into a folder: https://packaging.python.org/en/latest/specifications/binary-distribution-format/ */
export function writeWheel(folder: string, props: WheelProps): void {
  const { name, version = "1.0", tag = "py3-none-any", requires = [], executables = [] } = props;
  const info = `${name}-${version}.dist-info`;
  const metadata = ["Metadata-Version: 2.1", `Name: ${name}`, `Version: ${version}`];
  const files: Record<string, string> = {
    ...props.files,
    [`${info}/METADATA`]: [...metadata, ...requires.map((line) => `Requires-Dist: ${line}`), ""].join("\n"),
    [`${info}/WHEEL`]: `Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: ${tag.endsWith("-any")}\nTag: ${tag}\n`,
    ...(props.script ? { [`${info}/entry_points.txt`]: `[console_scripts]\n${props.script}\n` } : {}),
  };
  const record = [...Object.keys(files), `${info}/RECORD`].map((file) => `${file},,\n`).join("");
  const entries = Object.entries({ ...files, [`${info}/RECORD`]: record }).map(([file, content]) => {
    const attrs = (executables.includes(file) ? 0o100755 : 0o100644) << 16;
    return [file, [strToU8(content), { os: 3, attrs, mtime: new Date(2020, 0, 1) }]];
  });
  writeFileSync(join(folder, `${name}-${version}-${tag}.whl`), zipSync(Object.fromEntries(entries) as Zippable));
}
