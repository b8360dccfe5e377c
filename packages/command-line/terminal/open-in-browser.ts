import { spawn } from "node:child_process";
import { setTimeout } from "node:timers/promises";

/** A program that still runs after this time, in milliseconds, has shown the page, or is the browser itself. */
const PATIENCE_MS = 3000;

/** Opens an address in the user's browser. Returns false if there is none. */
export async function openInBrowser(
  url: string,
  { platform, env }: Pick<NodeJS.Process, "platform" | "env"> = process,
): Promise<boolean> {
  for (const [command, ...args] of openers(platform, env)) {
    if (command && (await start(command, [...args, url], env))) return true;
  }
  return false;
}

function openers(platform: NodeJS.Platform, { BROWSER }: NodeJS.ProcessEnv): string[][] {
  const own = BROWSER ? [[BROWSER]] : [];
  if (platform === "darwin") return [...own, ["open"]];
  if (platform === "win32") return [...own, ["rundll32", "url.dll,FileProtocolHandler"]];
  // wslview is for Linux on Windows (WSL).
  return [...own, ["xdg-open"], ["wslview"]];
}

/** Starts a program that outlives this one. Returns false if there is none, or if it fails at once. */
async function start(command: string, args: string[], env: NodeJS.ProcessEnv): Promise<boolean> {
  const child = spawn(command, args, { env, stdio: "ignore", detached: true });
  const ended = new Promise<boolean>((done) => {
    child.once("error", () => done(false));
    child.once("exit", (code) => done(code === 0));
  });
  const isOpen = await Promise.race([ended, setTimeout(PATIENCE_MS, true, { ref: false })]);
  child.unref();
  return isOpen;
}
