import { emitKeypressEvents, type Key } from "node:readline";

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
