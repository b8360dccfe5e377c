import { describeUnlessSkipped } from "../skip";

export { findChromium, launchChromium } from "../../tools/chromium";

/** `describe`, where the machine has a browser. */
export function describeInBrowser(name: string, tests: () => void): void {
  describeUnlessSkipped("BROWSER_SKIP", name, tests);
}
