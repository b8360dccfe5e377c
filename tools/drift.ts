import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseOptions } from "../commands/cli/options";
import { step } from "../commands/cli/progress";
import { runCommand } from "../commands/cli/run-command";
import { UserError } from "../commands/cli/user-error";
import { renderWarning } from "../commands/pipeline/changes/warnings";
import { checkAccount, openTarget, type Target } from "../commands/pipeline/deployment-target";
import { explainFailure } from "../commands/pipeline/explain-failure";
import { initWithLockFile } from "../commands/pipeline/lock-file";
import { planAdopting } from "../commands/pipeline/plan-adopting";
import { summarizePlan } from "../commands/pipeline/plan-summary";
import { STACKS, type StackName } from "../stacks/names";
import { renderDrift } from "./drift-report";

/**
 * Plans every stack of an environment, and writes the differences to `<stack id>.md` in the folder `--out`. The file is
 * empty without differences. Makes no change in AWS. Ends with 1 if a stack cannot be planned; that stack has no file.
 */
async function main(args: string[]): Promise<number> {
  const { values } = parseOptions(args, { out: { type: "string", default: "drift" } });
  const target = await openTarget();
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
