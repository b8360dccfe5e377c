import { during } from "@local/command-line/testing/during";
import { skipUnless } from "@local/command-line/testing/skip";
import { findPython } from "../../emulator/python";
import { findChromium } from "./chromium";

/** Looks for what the tests of the local system need: Python with its packages, and a browser. */
export default async function setup(): Promise<void> {
  await skipUnless("PYTHON_SKIP", () => during("looks for Python and its packages", (note) => findPython(note)));
  await skipUnless("BROWSER_SKIP", findChromium);
}
