import { PassThrough } from "node:stream";
import type { ReadStream } from "node:tty";
import { stripVTControlCharacters } from "node:util";
import { listenToKeys } from "../../keys";

let stdin: PassThrough & { isTTY?: boolean; setRawMode?: jest.Mock };
let printed: string[];
let pressed: string[];

beforeEach(() => {
  printed = [];
  pressed = [];
  stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: jest.fn() });
});

function listen(): boolean {
  const actions = {
    s: { does: "fires", run: () => void pressed.push("s") },
    q: { does: "ends", run: () => void pressed.push("q") },
  };
  return listenToKeys(actions, stdin as unknown as ReadStream, (text) => printed.push(stripVTControlCharacters(text)));
}

async function press(...texts: string[]): Promise<void> {
  for (const text of texts) {
    stdin.write(text);
    await new Promise(setImmediate);
  }
}

test("a key runs its action, as a small or a capital letter", async () => {
  expect(listen()).toBe(true);
  expect(stdin.setRawMode).toHaveBeenCalledWith(true);
  await press("s", "S", "sq");
  expect(pressed).toEqual(["s", "s", "s", "q"]);
  expect(printed).toEqual([]);
});

test.each(["?", "h"])("%s lists the keys", async (key) => {
  listen();
  await press(key);
  expect(printed).toEqual(["\nKeys\n  s  fires\n  q  ends\n  ?  lists these; so does h\n"]);
});

test("an unknown key is told once", async () => {
  listen();
  await press("x", "y", "x", "\u001b[A", "\u007f", "\t");
  expect(printed).toEqual(["The key x has no action; ? lists the keys."]);
  expect(pressed).toEqual([]);
});

test("Enter makes space", async () => {
  listen();
  await press("\r");
  expect(printed).toEqual([""]);
});

test("what is pasted presses no keys", async () => {
  listen();
  await press("curl -q http://127.0.0.1:3000");
  expect([pressed, printed]).toEqual([[], []]);
});

test("Ctrl-C is a signal", async () => {
  const kill = jest.spyOn(process, "kill").mockReturnValue(true);
  listen();
  await press("\u0003");
  expect(kill.mock.calls).toEqual([[process.pid, "SIGINT"]]);
  kill.mockRestore();
});

test("without a terminal, nothing is read", async () => {
  stdin.isTTY = false;
  expect(listen()).toBe(false);
  await press("s");
  expect([pressed, stdin.setRawMode?.mock.calls]).toEqual([[], []]);
});
