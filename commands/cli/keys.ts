import { createInterface, emitKeypressEvents, type Key } from "node:readline";

/** Runs an action when its key is pressed, if the input is a terminal. Ctrl-C keeps its meaning. */
export function listenToKeys(actions: Readonly<Record<string, () => void>>): void {
  const { stdin } = process;
  if (!stdin.isTTY) return;
  emitKeypressEvents(stdin);
  stdin.setRawMode(true);
  process.on("exit", () => stdin.setRawMode(false));
  stdin.on("keypress", (_text: string | undefined, { name = "", ctrl }: Key) => {
    // In raw mode, the terminal sends no signal.
    if (ctrl && name === "c") process.kill(process.pid, "SIGINT");
    else if (!ctrl) actions[name]?.();
  });
}

/** Whether somebody can answer a question. */
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
