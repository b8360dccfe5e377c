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

/** What `npm run plan` ends with. */
const EXIT = { noChanges: 0, changes: 2, refused: 3 };

/** `npm run plan`: plans the system, says what would change, and saves the plan for `npm run apply`. */
async function main(args: string[]): Promise<number> {
  const options = readOptions(args);
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
    current.says(description);
    const lock = options.isLocked ? lockTimeout(options.lockTimeout) : "-lock=false";
    return summarizePlan(await planAdopting(terraform, deployment, { adopt: options.adopt, options: [lock] }));
  }).catch(explainFailure);

  if (options.json) console.log(JSON.stringify(summary, null, 2));
  else console.log(options.markdown ? renderMarkdown(summary, stackId) : renderText(summary));

  const refused = refusedDataLoss(summary, options.allowedDataLoss);
  if (refused.length > 0) {
    const allow = refused.map((address) => `--allow-data-loss ${address}`).join(" ");
    console.error(`Refused: the plan deletes data and is not saved. If that is meant, plan again with ${allow}`);
    return EXIT.refused;
  }
  const zips = readdirSync(terraform.folder).filter((name) => name.endsWith(".zip"));
  writePlanArtifact(terraform.folder, options.folder, stackId, [PLAN_FILE, "cdk.tf.json", LOCK_FILE, ...zips]);
  if (summary.changes.length === 0 && summary.outputs.length === 0) return EXIT.noChanges;
  console.error(`Saved to ${relative(process.cwd(), options.folder) || "."}; npm run apply makes it so.`);
  return EXIT.changes;
}

interface PlanOptions {
  readonly json: boolean;
  readonly markdown: boolean;
  readonly allowedDataLoss: readonly string[];
  readonly folder: string;
  readonly lockTimeout?: string;
  /** Whether the plan takes the state's lock. */
  readonly isLocked: boolean;
  /** Whether what is in AWS already is taken over. */
  readonly adopt: boolean;
}

function readOptions(args: string[]): PlanOptions {
  const { values } = parseOptions(args, {
    json: { type: "boolean" },
    markdown: { type: "boolean" },
    "allow-data-loss": { type: "string", multiple: true },
    out: { type: "string" },
    "lock-timeout": { type: "string" },
    "no-lock": { type: "boolean" },
    adopt: { type: "boolean" },
  });
  return {
    json: values.json ?? false,
    markdown: values.markdown ?? false,
    allowedDataLoss: values["allow-data-loss"] ?? [],
    folder: values.out ?? PLAN_FOLDER,
    lockTimeout: values["lock-timeout"],
    isLocked: !values["no-lock"],
    adopt: values.adopt ?? false,
  };
}

runCommand(main);
