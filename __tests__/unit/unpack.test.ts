import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CodeZip } from "@local/aws-on-this-machine/function/code/code-zip";
import { unpack } from "@local/aws-on-this-machine/function/code/unpack";
import { FunctionSource } from "../../constructs/source/function-source";

const NAMES = ["a.txt", "b.txt", "package/run.sh"];

test("a version's files cannot be written, and are the next version's only where they are as they were unpacked", () => {
  const root = mkdtempSync(join(tmpdir(), "unpack-"));
  const [source, versions] = [join(root, "source"), join(root, "versions")];
  mkdirSync(join(source, "package"), { recursive: true });
  for (const name of NAMES) writeFileSync(join(source, name), "content");
  chmodSync(join(source, "package", "run.sh"), 0o755);
  const zip = new CodeZip().zip(new FunctionSource(source));
  const first = unpack(zip, versions);
  const about = ({ codeFolder }: typeof first) => NAMES.map((name) => statSync(join(codeFolder, name)));
  expect(about(first).map(({ mode }) => (mode & 0o777).toString(8))).toEqual(["444", "444", "555"]);

  // As a program in C may do, with the same length and an old time.
  const [written = ""] = NAMES.map((name) => join(first.codeFolder, name));
  const { atime, mtime } = statSync(written);
  chmodSync(written, 0o644);
  writeFileSync(written, "CONTENT");
  chmodSync(written, 0o444);
  utimesSync(written, atime, mtime);
  const second = unpack(zip, versions, first);
  expect(readFileSync(join(second.codeFolder, "a.txt"), "utf8")).toBe("content");
  const third = unpack(zip, versions, second);
  const numbers = [first, second, third].map((version) => about(version).map(({ ino }) => ino));
  expect(numbers[2]).toEqual(numbers[1]);
  expect(numbers[1]?.map((number, place) => number === numbers[0]?.[place])).toEqual([false, true, true]);
  rmSync(root, { recursive: true });
});
