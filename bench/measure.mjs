import { spawnSync } from "node:child_process";

// Node does not tell the memory of a child; Python does: that of the largest process among it and its children.
const WRAPPER = `
import json, resource, subprocess, sys, time
started = time.monotonic()
code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
seconds = time.monotonic() - started
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print(json.dumps({"code": code, "seconds": seconds, "mebibytes": peak / (1024 * 1024 if sys.platform == "darwin" else 1024)}))
`;

/**
 * Runs a command once.
 *
 * @returns its wall time in seconds and its peak memory (largest process) in MiB
 */
export function measure([command, ...args], options = {}) {
  const { stdout, error } = spawnSync("python3", ["-c", WRAPPER, command, ...args], {
    ...options,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (error) throw error;
  const { code, seconds, mebibytes } = JSON.parse(stdout);
  if (code !== 0) throw new Error(`${[command, ...args].join(" ")} ended with ${code}`);
  return { seconds, mebibytes };
}

/** The middle one of some numbers. */
export function median(numbers) {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
}
