import { join } from "node:path";
import type { CodeSource } from "@local/aws-on-this-machine/function/code/code-source";
import { LiveFunction } from "@local/aws-on-this-machine/function/live-function";
import { FunctionSource } from "../../constructs/source/function-source";
import type { FakeLambda } from "../../packages/aws-on-this-machine/__tests__/local/function/fake-lambda";

export interface SmallLiveFunctionProps {
  readonly lambda: FakeLambda;
  readonly python: string;
  /** The folder of the test's files. */
  readonly root: string;
  /** The function's source, by default as the application packages a folder. */
  readonly source: string | CodeSource;
  /** Gets the lines for the user. */
  readonly notices: string[];
}

/** The function `small` that a test has deployed. */
export function smallLiveFunction(
  deployed: ConstructorParameters<typeof LiveFunction>[0],
  { lambda, python, root, source, notices }: SmallLiveFunctionProps,
): LiveFunction {
  return new LiveFunction(deployed, {
    python,
    awsEnvironment: { PATH: process.env.PATH, HOME: process.env.HOME },
    logStreamName: "stream",
    onLog: () => {},
    lambda: lambda.client,
    functionName: "small",
    source: typeof source === "string" ? new FunctionSource(source) : source,
    folder: join(root, "versions"),
    onNotice: (notice) => notices.push(notice),
  });
}
