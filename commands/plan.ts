import { copyFileSync, existsSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { parseOptions } from "./cli/options";
import { step } from "./cli/progress";
import { PROJECT_FOLDER } from "./cli/project";
import { runCommand } from "./cli/run-command";
import { openTarget } from "./pipeline/deployment-target";
import { explainFailure, lockTimeout } from "./pipeline/explain-failure";
import { planAdopting } from "./pipeline/plan-adopting";
import { LOCK_FILE, PLAN_FILE, PLAN_FOLDER, writePlanArtifact } from "./pipeline/plan-artifact";
import { refusedDataLoss, summarizePlan } from "./pipeline/plan-summary";
import { renderMarkdown, renderText } from "./pipeline/render-plan";

const EXIT = { noChanges: 0, changes: 2, refused: 3 };

/** `npm run plan`: plans the system, prints the changes, and saves the plan for `npm run apply`. */
async function main(args: string[]): Promise<number> {
  const { values } = parseOptions(args, {
    json: { type: "boolean" },
    markdown: { type: "boolean" },
    "allow-data-loss": { type: "string", multiple: true, default: [] },
    out: { type: "string", default: PLAN_FOLDER },
    "lock-timeout": { type: "string" },
    "no-lock": { type: "boolean" },
    adopt: { type: "boolean", default: false },
  });
  const { deployment, description } = await openTarget();
  const terraform = deployment.stack("serverless-infrastructure");
  const stackId = deployment.stackId("serverless-infrastructure");
  const summary = await step(`Plan of ${stackId}`, async (current) => {
    const warnings = await deployment.synthesize();
    if (warnings) console.error(warnings);
    const lockFile = join(PROJECT_FOLDER, LOCK_FILE);
    const isLocked = existsSync(lockFile);
    if (isLocked) copyFileSync(lockFile, join(terraform.folder, LOCK_FILE));
    await terraform.init(...(isLocked ? ["-lockfile=readonly"] : []));
    current.setNote(description);
    const lock = values["no-lock"] ? "-lock=false" : lockTimeout(values["lock-timeout"]);
    return summarizePlan(await planAdopting(terraform, deployment, { adopt: values.adopt, options: [lock] }));
  }).catch(explainFailure);

  if (values.json) console.log(JSON.stringify(summary, null, 2));
  else console.log(values.markdown ? renderMarkdown(summary, stackId) : renderText(summary));

  const refused = refusedDataLoss(summary, values["allow-data-loss"]);
  if (refused.length > 0) {
    const allow = refused.map((address) => `--allow-data-loss ${address}`).join(" ");
    console.error(`Refused: the plan deletes data, so it was not saved. To allow that, plan again with ${allow}`);
    return EXIT.refused;
  }
  const zips = readdirSync(terraform.folder).filter((name) => name.endsWith(".zip"));
  writePlanArtifact(terraform.folder, values.out, stackId, [PLAN_FILE, "cdk.tf.json", LOCK_FILE, ...zips]);
  if (summary.changes.length === 0 && summary.outputs.length === 0) return EXIT.noChanges;
  console.error(`Saved to ${relative(process.cwd(), values.out) || "."}. Apply it with npm run apply.`);
  return EXIT.changes;
}

runCommand(main);
