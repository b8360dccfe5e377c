import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

const PATHS = [
  process.env.CHROMIUM,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

const executable = PATHS.find((path) => path && existsSync(path));
if (!executable) console.warn("No Chromium found: the tests in a browser are skipped. CHROMIUM may name one.");

/** `describe`, where the machine has a browser. */
export const describeInBrowser = executable ? describe : describe.skip;

/** Starts the browser without a window; only where `describeInBrowser` runs. */
export function launchChromium(): Promise<Browser> {
  // Its sandbox refuses to start for root, as in most containers.
  return chromium.launch({ executablePath: executable, args: process.getuid?.() === 0 ? ["--no-sandbox"] : [] });
}
