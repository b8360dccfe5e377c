// The function beside a handler in the old template's manner: see run.py.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const script = fileURLToPath(new URL("run.py", import.meta.url));
const { status } = spawnSync("python3", [script], { stdio: "inherit" });
if (status !== 0) throw new Error(`${script} ended with ${status}`);
