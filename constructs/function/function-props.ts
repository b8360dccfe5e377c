import type { DeadLetterQueue } from "../events/dead-letter-queue";
import type { Shift } from "./gradual-release";

/** The values that the environment's settings give to all functions. */
export interface FunctionDefaults {
  /** Lambda runtime identifier, such as `python3.13`. */
  readonly runtime: string;
  /** `arm64` or `x86_64`. */
  readonly architecture: string;
  /** Memory in MB, 128 to 10240. The CPU share is proportional. */
  readonly memoryMb: number;
  /** Time limit of an invocation, in seconds, 1 to 900. An API waits for 30 s at most. */
  readonly timeoutSeconds: number;
  /**
   * The concurrency reserved for the function, which is also its limit.
   * @default - the function shares the account's concurrency
   */
  readonly reservedConcurrency?: number;
  /** Retention of the function's log, in days. */
  readonly logRetentionDays: number;
  /** Whether X-Ray traces invocations. */
  readonly tracing: boolean;
  /** Variables, beside those of the function's own props. */
  readonly environment: Readonly<Record<string, string>>;
  /** How new code gets the invocations: all of them at once, or by steps that an alarm takes back. */
  readonly release: "all-at-once" | Shift;
}

/** A function of the application. Each value that is not set here comes from the environment's settings. */
export interface PythonFunctionProps extends Partial<FunctionDefaults> {
  /** The folder with the function's code: absolute, or relative to the project's folder. */
  readonly source: string;
  /**
   * The module and the function in it.
   * @default "index.lambda_handler"
   */
  readonly handler?: string;
  /**
   * ARNs of layer versions, 5 at most.
   * @default - none
   */
  readonly layers?: string[];
  /**
   * The destination for events of failed asynchronous invocations.
   * @default - a queue of the function's own
   */
  readonly deadLetterQueue?: DeadLetterQueue;
  /**
   * Function name, unique in the account and Region.
   * @default - the construct's path
   */
  readonly functionName?: string;
  /**
   * Name of the function's role, unique in the account.
   * @default "<function name>-role"
   */
  readonly roleName?: string;
  /** @default "/aws/lambda/<function name>" */
  readonly logGroupName?: string;
}
