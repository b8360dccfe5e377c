import { existsSync } from "node:fs";
import { UserError } from "@local/command-line/user-error";
import { type Browser, chromium } from "playwright-core";

const PATHS = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/**
 * Finds a browser: the one that `CHROMIUM` names, else one in the usual places.
 *
 * @throws UserError where there is none
 */
export async function findChromium(): Promise<string> {
  const { CHROMIUM } = process.env;
  if (CHROMIUM && !existsSync(CHROMIUM)) throw new Error(`CHROMIUM is ${CHROMIUM}, which does not exist.`);
  const found = CHROMIUM || PATHS.find((path) => existsSync(path));
  if (!found) throw new UserError("no Chromium is found; install one, or name it in CHROMIUM.");
  return found;
}

export async function launchChromium(): Promise<Browser> {
  // Its sandbox refuses to start for root, as in most containers.
  const args = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  return chromium.launch({ executablePath: await findChromium(), args });
}
