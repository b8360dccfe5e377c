import { once } from "node:events";
import { interruptChildren, run, startChild } from "../../process/child-process";
import { UserError } from "../../user-error";

test("a program's output is given line by line, and its exit code is no failure", async () => {
  const lines: string[] = [];
  const result = await run("sh", ["-c", "echo one; echo two; echo wrong >&2; exit 3"], {
    onLine: (line) => lines.push(line),
  });
  expect(lines).toEqual(["one", "two"]);
  expect(result).toEqual({ exitCode: 3, stdout: "one\ntwo\n", stderr: "wrong\n" });
});

test.each([
  ["KILL", "sh was ended by SIGKILL, as by a system that runs out of memory; free some, and run the command again."],
  ["TERM", "sh was ended by SIGTERM; run the command again."],
])("a program that SIG%s ends is told in one line, without its output", async (signal, message) => {
  await expect(run("sh", ["-c", `echo much; kill -${signal} $$`])).rejects.toThrow(
    expect.objectContaining({ constructor: UserError, message }),
  );
});

test("a program that is not there is told in one line", async () => {
  await expect(run("no-such-program", [])).rejects.toThrow(/^no-such-program is not on the PATH; install it/);
});

test("a program that has just ended, and left its output open, is no trouble to whoever interrupts all", async () => {
  const child = startChild("sh", ["-c", "sleep 1 & exit 0"], { stdio: ["ignore", "pipe", "ignore"] });
  child.stdout?.resume();
  await once(child, "exit");
  await expect(interruptChildren()).resolves.toBeUndefined();
});
