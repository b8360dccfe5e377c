import { during } from "@local/command-line/testing/during";
import { skipUnless } from "@local/command-line/testing/skip";
import { findPython } from "../../emulator/python";
import { installDebugger } from "../../function/debugging/debugging";
import { findChromium } from "./chromium";

/** Looks for what the tests of the local system need: Python with its packages, and a browser. */
export default async function setup(): Promise<void> {
  const findShown = () => during("looks for Python and its packages", (note) => findPython(note));
  const python = await skipUnless("PYTHON_SKIP", findShown);
  if (python) await skipUnless("DEBUGGER_SKIP", () => installDebugger(python));
  else process.env.DEBUGGER_SKIP = "1";
  await skipUnless("BROWSER_SKIP", findChromium);
}
