import { describeWithPython } from "../echo-api";
import { SmallFunction } from "./small-function";

const SPILLS = `
import os, struct, subprocess, sys, threading, time

def spill(data):
    """Writes to every descriptor that this process has."""
    for descriptor in range(3, 1024):
        try:
            os.write(descriptor, data)
        except OSError:
            pass

def message(head, body):
    return struct.pack(">II", len(head), len(body)) + head + body

def handler(event, context):
    exec(event.get("python", ""))
    return [os.getpid(), event["number"]]
`;

describeWithPython("what a function writes to the runtime's channel", () => {
  let spills: SmallFunction;
  let count = 0;
  beforeAll(async () => {
    spills = await SmallFunction.start(SPILLS);
  });
  afterAll(() => SmallFunction.stopAll());

  /** Has the function run a piece of Python, and say its process's id. Nobody else may get the answer. */
  async function run(python = "") {
    count += 1;
    const { isError, result } = await spills.invoke({ python, number: count }, `id-${count}`);
    if (!isError) expect(result).toEqual([expect.any(Number), count]);
    return { isError, result, pid: isError ? undefined : result[0] };
  }

  test.each([
    ["junk", "spill(b'junk\\n')"],
    ["an empty object", "spill(b'{}\\n')"],
    ["less than half of a message", "spill(b'{')"],
    ["zeros", "spill(bytes(3))"],
    ["50 million bytes", "spill(b'x' * 50_000_000)"],
    ["a message that says too little", `spill(message(b'{"id": "%s"}' % context.aws_request_id.encode(), b'null'))`],
    ["a message whose body is too long", "spill(struct.pack('>II', 2, 2 ** 31) + b'{}')"],
    [
      "an error without a type",
      `spill(message(b'{"id": "%s", "isError": true, "usedMemoryMb": 1}' % context.aws_request_id.encode(), b'5'))`,
    ],
    [
      "an answer to another event",
      `spill(message(b'{"id": "id-0", "isError": false, "usedMemoryMb": 1}', b'"not mine"'))`,
    ],
    ["its end", "os.closerange(3, 1024); time.sleep(60)"],
  ])("fails only that event, where it is %s, and a fresh process answers the next", async (_what, python) => {
    const first = await run();
    const { isError, result } = await run(python);
    expect(isError).toBe(true);
    expect(result.errorType).toBe("Runtime.ExitError");
    expect(result.errorMessage).toMatch(
      /^RequestId: id-\d+ Error: Runtime exited with error: the function (wrote to|closed) the runtime's channel$/,
    );
    const next = await run();
    expect([next.isError, next.pid === first.pid]).toEqual([false, false]);
  });

  test("fails no event, where it comes between events", async () => {
    const first = await run("threading.Timer(0.2, spill, [b'{}\\n']).start()");
    await new Promise((done) => setTimeout(done, 1000));
    const next = await run();
    expect([next.isError, next.pid === first.pid]).toEqual([false, false]);
  });

  test("is nothing, where it guesses the descriptor", async () => {
    const first = await run();
    expect((await run("os.write(3, b'junk\\n')")).result).toMatchObject({ errorType: "OSError" });
    expect((await run()).pid).toBe(first.pid);
  });

  test("is nothing, where a program that the function starts inherits all descriptors", async () => {
    const first = await run();
    const program = `import os\nfor descriptor in range(3, 1024):\n  try: os.write(descriptor, b'junk')\n  except OSError: pass`;
    const started = await run(`subprocess.run([sys.executable, "-c", ${JSON.stringify(program)}], close_fds=False)`);
    expect([started.isError, started.pid]).toEqual([false, first.pid]);
    expect((await run()).pid).toBe(first.pid);
  });

  test("is one answer, where the function forks and both processes return from the handler", async () => {
    const first = await run();
    const forked = await run("if os.fork(): time.sleep(1)");
    expect([forked.isError, forked.pid]).toEqual([false, first.pid]);
    expect((await run()).pid).toBe(first.pid);
  });
});
