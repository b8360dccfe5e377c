"""The function beside a handler in the old template's manner: start, CPU of a warm request and memory, each in a
process of its own against a DynamoDB that answers at once; then the same with 0.15 of a core, which is what Lambda
gives to 256 MB (1769 MB are one core: https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html)."""

import json
import os
import signal
import statistics
import subprocess
import sys
import time
from pathlib import Path

BENCH = Path(__file__).parent
PROJECT = BENCH.parents[1]
sys.path.insert(0, str(PROJECT / "__tests__" / "lambda"))
sys.dont_write_bytecode = True

from scripted_dynamodb import ScriptedDynamoDB  # noqa: E402

CANDIDATES = {"baseline": (BENCH, "baseline"), "function": (PROJECT / "lambda-src", "index")}
RUNS, REQUESTS = 7, 300
QUOTA_RUNS, QUOTA_REQUESTS = 3, 50
PERIOD, QUOTA = 0.1, 0.15


def measure(candidate, endpoint, requests, quota=None):
    folder, module = CANDIDATES[candidate]
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", "/"),
        "DYNAMODB_TABLE_NAME": "requests",
        "AWS_DEFAULT_REGION": "us-west-2",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_ENDPOINT_URL": endpoint,
    }
    command = [sys.executable, str(BENCH / "measure.py"), str(folder), module, str(requests)]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE)
    if quota:
        hold_to_quota(process, quota)
    output, _ = process.communicate()
    if process.returncode != 0:
        raise SystemExit(f"{candidate} ended with {process.returncode}")
    return json.loads(output)


def hold_to_quota(process, quota):
    """Stops a process for the rest of each period in which it has used its share, as the kernel does for Lambda."""
    while process.poll() is None:
        period_ends, used = time.monotonic() + PERIOD, cpu_seconds(process)
        while time.monotonic() < period_ends and process.poll() is None:
            if cpu_seconds(process) - used >= PERIOD * quota:
                process.send_signal(signal.SIGSTOP)
                time.sleep(max(0, period_ends - time.monotonic()))
                process.send_signal(signal.SIGCONT)
            else:
                time.sleep(0.002)


def cpu_seconds(process):
    try:
        # Nanoseconds on a core; the times in `stat` are too coarse for this.
        return int(Path(f"/proc/{process.pid}/schedstat").read_text().split()[0]) / 1e9
    except (OSError, IndexError):
        return 0


def compare(title, endpoint, runs, requests, figures, quota=None):
    # One after the other, so that whatever else the machine does meets both.
    results = {name: [] for name in CANDIDATES}
    for _ in range(runs):
        for name in CANDIDATES:
            results[name].append(measure(name, endpoint, requests, quota))
    print(title)
    for key, label, unit, scale, bar in figures:
        baseline, function = (
            statistics.median(result[key] for result in results[name]) * scale for name in ("baseline", "function")
        )
        limit = f" (at most {bar:.2f})" if bar else ""
        ratio = function / baseline
        if bar and ratio > bar:
            limit += ": missed"
        print(f"  {label:<22} {function:8.2f} {unit}, baseline {baseline:8.2f}: {ratio:.2f}{limit}")


def main():
    dynamodb = ScriptedDynamoDB()
    compare(
        f"The function, on a whole core (medians of {RUNS} processes):",
        dynamodb.endpoint,
        RUNS,
        REQUESTS,
        [
            ("init", "import and init", "ms", 1000, 0.80),
            ("cpu", "CPU of a warm request", "ms", 1000, 0.60),
            ("mebibytes", "peak memory", "MiB", 1, 1.0),
        ],
    )
    if Path("/proc/self/schedstat").exists():
        compare(
            f"The function, on 0.15 of a core (medians of {QUOTA_RUNS} processes):",
            dynamodb.endpoint,
            QUOTA_RUNS,
            QUOTA_REQUESTS,
            [
                ("init", "import and init", "ms", 1000, None),
                ("first", "the first request", "ms", 1000, None),
                ("wall", "a warm request", "ms", 1000, None),
            ],
            QUOTA,
        )
    dynamodb.stop()


if __name__ == "__main__":
    main()
