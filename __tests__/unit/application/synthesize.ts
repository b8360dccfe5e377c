import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App, TerraformStack, Testing } from "cdktf";
import "cdktf/lib/testing/adapters/jest";
import type { Construct } from "constructs";
import { type Environment, provideEnvironment } from "../../../constructs/environment";
import type { PythonFunctionProps } from "../../../constructs/function/function-props";
import { PythonFunction } from "../../../constructs/function/python-function";
import { checkNames } from "../../../constructs/name-limits";

Testing.setupJest();

/** The environment of the stacks that `synthesize` makes. */
export const ENVIRONMENT: Environment = {
  physicalName: (base) => `${base}-test`,
  partition: "aws",
  region: "eu-central-1",
  accountId: "123456789012",
  protectFromDeletion: true,
  artifactsBucket: "artifacts",
  function: {
    runtime: "python3.12",
    architecture: "arm64",
    memoryMb: 512,
    timeoutSeconds: 10,
    logRetentionDays: 14,
    tracing: true,
    environment: {},
    release: "all-at-once",
  },
  table: { capacity: { mode: "on-demand" }, pointInTimeRecovery: true },
  restoredTables: {},
};

/** Synthesizes a stack that holds what `build` adds; the JSON is what CDKTF's matchers take. */
export function synthesize(build: (stack: TerraformStack) => void, environment: Partial<Environment> = {}): string {
  return withApp((app) => {
    const stack = new TerraformStack(app, "test");
    provideEnvironment(stack, { ...ENVIRONMENT, ...environment });
    checkNames(stack);
    build(stack);
    return Testing.synth(stack);
  });
}

/** Terraform JSON that has no type of ours. */
// biome-ignore lint/suspicious/noExplicitAny: as said
export type Block = any;

/** The resources of a type in a synthesized stack. */
export function resourcesOf(json: string, type: string): Block[] {
  return Object.values<Block>(JSON.parse(json).resource[type] ?? {});
}

/** The statements of the policy document to which a resource's attribute refers. */
export function statementsIn(json: string, reference: string): Block[] {
  const [, id = ""] = /aws_iam_policy_document\.(.+)\.json/.exec(reference) ?? [];
  return JSON.parse(json).data.aws_iam_policy_document[id].statement;
}

/** A function of the project's own code. */
export function aFunction(scope: Construct, id: string, props: Partial<PythonFunctionProps> = {}): PythonFunction {
  return new PythonFunction(scope, id, { source: "lambda-src", ...props });
}

/** Lends an app whose output folder is gone afterwards; CDKTF's `Testing.app` leaves one behind. */
export function withApp<T>(use: (app: App) => T): T {
  const outdir = mkdtempSync(join(tmpdir(), "synthesize-"));
  try {
    return use(new App({ outdir, stackTraces: false }));
  } finally {
    rmSync(outdir, { recursive: true });
  }
}
