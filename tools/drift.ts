import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseOptions } from "@local/command-line/options";
import { runCommand } from "@local/command-line/process/run-command";
import { step } from "@local/command-line/progress";
import { UserError } from "@local/command-line/user-error";
import { checkAccount, openTarget, type Target } from "@local/terraform/deployment-target";
import { renderWarning } from "@local/terraform/plan/changes/warnings";
import { explainFailure } from "@local/terraform/plan/explain-failure";
import { planAdopting } from "@local/terraform/plan/plan-adopting";
import { summarizePlan } from "@local/terraform/plan/plan-summary";
import { initWithLockFile } from "@local/terraform/run/lock-file";
import { APPLICATION } from "../commands/application/application";
import { STACKS, type StackName } from "../stacks/names";
import { renderDrift } from "./drift-report";

/**
 * Plans every stack of an environment, and writes the differences to `<stack id>.md` in the folder `--out`. The file is
 * empty without differences. Makes no change in AWS. Ends with 1 if a stack cannot be planned; that stack has no file.
 */
async function main(args: string[]): Promise<number> {
  const { values } = parseOptions(args, { out: { type: "string", default: "drift" } });
  const target = await openTarget(APPLICATION);
  const { deployment } = target;
  const warnings = await deployment.synthesize();
  if (warnings) console.error(warnings);
  mkdirSync(values.out, { recursive: true });
  let exitCode = 0;
  for (const stack of [...STACKS, "github-access"] as const) {
    if (!existsSync(deployment.stack(stack).folder)) continue;
    const stackId = deployment.stackId(stack);
    try {
      const drift = await step(`Drift of ${stackId}`, async (current) => {
        current.setNote((await checkAccount(target, deployment.stack(stack))).description);
        const summary = summarizePlan(await planStack(target, stack));
        for (const warning of summary.warnings) current.print(renderWarning(warning));
        return renderDrift(stack, stackId, summary, (whole) => current.print(whole));
      }).catch(explainFailure);
      writeFileSync(join(values.out, `${stackId}.md`), drift);
      console.log(`${stackId}: ${drift ? "differs" : "does not differ"}`);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      console.error(`${stackId}: ${error.message}`);
      exitCode = 1;
    }
  }
  return exitCode;
}

async function planStack({ deployment }: Target, stack: StackName) {
  const terraform = deployment.stack(stack);
  await initWithLockFile(terraform, stack === "serverless-infrastructure");
  return planAdopting(terraform, deployment, {
    adopt: stack === "state-backend",
    // The role may not write, so not even the lock.
    options: ["-lock=false"],
  });
}

runCommand(main);
