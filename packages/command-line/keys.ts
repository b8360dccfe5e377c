import { createInterface } from "node:readline";
import type { ReadStream } from "node:tty";
import pc from "picocolors";

export interface KeyAction {
  /** A verb phrase for the list of keys, such as `fires the schedule`. */
  readonly does: string;
  readonly run: () => void;
}

/** More characters at once are a paste, not key presses. */
const MAX_KEYS = 3;

const CTRL_C = "\u0003";
const ESCAPE = "\u001b";

/**
 * Runs an action when its key is pressed, if the input is a terminal; `?` and `h` list them. Ctrl-C keeps its meaning.
 * Returns whether it listens.
 */
export function listenToKeys(
  actions: Readonly<Record<string, KeyAction>>,
  stdin: ReadStream = process.stdin,
  print: (text: string) => void = console.log,
): boolean {
  if (!stdin.isTTY) return false;
  let toldUnknown = false;
  const press = (key: string) => {
    const action = actions[key.toLowerCase()];
    if (action) action.run();
    else if (key === "?" || key === "h") print(renderKeys(actions));
    // Enter prints an empty line, with which the user can separate output.
    else if (key === "\r" || key === "\n") print("");
    else if (!toldUnknown && /^[\p{L}\p{N}\p{P}\p{S}]$/u.test(key)) {
      toldUnknown = true;
      print(`The key ${key} has no action; ? lists the keys.`);
    }
  };
  stdin.setRawMode(true);
  process.on("exit", () => stdin.setRawMode(false));
  stdin.setEncoding("utf8").on("data", (text: string) => {
    // In raw mode, the terminal sends no signal.
    if (text.includes(CTRL_C)) process.kill(process.pid, "SIGINT");
    else if (!text.startsWith(ESCAPE) && text.length <= MAX_KEYS) [...text].forEach(press);
  });
  return true;
}

function renderKeys(actions: Readonly<Record<string, KeyAction>>): string {
  const lines = Object.entries(actions).map(([key, { does }]) => `  ${pc.bold(key)}  ${does}`);
  return [`\n${pc.bold("Keys")}`, ...lines, `  ${pc.bold("?")}  lists these; so does h\n`].join("\n");
}

export function canConfirm(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true;
}

/** Asks a question on the terminal. No answer, or any other than y or yes, means no. Ctrl-C keeps its meaning. */
export async function confirm(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  terminal.on("SIGINT", () => process.kill(process.pid, "SIGINT"));
  try {
    const answer = await new Promise<string>((done) => {
      terminal.once("close", () => done(""));
      terminal.question(`${question} [y/N] `, done);
    });
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    terminal.close();
  }
}
