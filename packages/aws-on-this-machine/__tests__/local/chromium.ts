import { describeUnlessSkipped } from "@local/command-line/testing/skip";

export { findChromium, launchChromium } from "../../testing/chromium";

/** `describe`, where the machine has a browser. */
export function describeInBrowser(name: string, tests: () => void): void {
  describeUnlessSkipped("BROWSER_SKIP", name, tests);
}
