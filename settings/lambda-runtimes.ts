/** Facts about a runtime of Lambda beside its name. */
interface Runtime {
  /** The reason to use another one. */
  readonly warning?: string;
}

/** AWS has put off the dates of such a plan before. */
const deprecated = (name: string, on: string) =>
  `AWS has deprecated ${name} on ${on} and does not mend it any more; it plans to create no such functions from 2027-02-01 on, and to update none from 2027-03-03 on`;

/**
 * The Python runtimes of Lambda that run the function.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
 */
const PYTHON_RUNTIMES = {
  "python3.8": { warning: "AWS creates no python3.8 functions since 2026-06-01 and updates none since 2026-07-01" },
  "python3.9": { warning: deprecated("python3.9", "2025-12-15") },
  "python3.10": { warning: deprecated("python3.10", "2026-10-31") },
  "python3.11": {},
  "python3.12": {},
  "python3.13": {},
  "python3.14": {},
  // https://github.com/aws/aws-lambda-roadmap/issues/55
  "python3.15": {
    warning: "AWS has offered python3.15 as a preview since 2026-07-24, without support and without a service level",
  },
} as const satisfies Readonly<Record<string, Runtime>>;

type PythonRuntime = keyof typeof PYTHON_RUNTIMES;

/** The names, the oldest first. */
export const PYTHON_RUNTIME_NAMES = Object.keys(PYTHON_RUNTIMES) as PythonRuntime[];

/** Facts about a runtime; an empty object for one that is not in the list. */
export function aboutRuntime(name: string): Runtime {
  return Object.hasOwn(PYTHON_RUNTIMES, name) ? PYTHON_RUNTIMES[name as PythonRuntime] : {};
}
