import { once } from "node:events";
import { text } from "node:stream/consumers";
import { TYPESCRIPT } from "../../launcher/typescript";
import { startChild } from "../../process/child-process";

test("a process whose output nobody reads any more ends with its code, and without a word", async () => {
  const program = `
    const { exitAfterOutput } = require("./packages/command-line/process/shutdown");
    process.stdin.resume().on("end", () => exitAfterOutput(3));
  `;
  const child = startChild(process.execPath, [...TYPESCRIPT, "-e", program], { stdio: ["pipe", "pipe", "pipe"] });
  child.stdout?.destroy();
  child.stdin?.end();
  if (!child.stderr) throw new Error("It has no standard error");
  const [[exitCode], stderr] = await Promise.all([once(child, "close"), text(child.stderr)]);
  expect([exitCode, stderr]).toEqual([3, ""]);
});
