// The function beside a handler in the old template's manner: see run.py.
import { spawnSync } from "node:child_process";

const script = new URL("run.py", import.meta.url).pathname;
const { status } = spawnSync("python3", [script], { stdio: "inherit" });
if (status !== 0) throw new Error(`${script} ended with ${status}`);
