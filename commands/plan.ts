import { relative } from "node:path";
import pc from "picocolors";
import { parseOptions } from "./cli/options";
import { type Step, step } from "./cli/progress";
import { runCommand } from "./cli/run-command";
import { UserError } from "./cli/user-error";
import { refuseLosses } from "./pipeline/changes/losses";
import { checkAccount, openTarget, type Target } from "./pipeline/deployment-target";
import { explainFailure, lockTimeout } from "./pipeline/explain-failure";
import { findLeftBehind, renderLeftBehind } from "./pipeline/left-behind";
import { initWithLockFile } from "./pipeline/lock-file";
import { planAdopting } from "./pipeline/plan-adopting";
import { PLAN_FOLDER, removePlanArtifact, writePlanArtifact } from "./pipeline/plan-artifact";
import { isEmpty, type PlanSummary, summarizePlan } from "./pipeline/plan-summary";
import { refuseOtherTtlAttribute } from "./pipeline/refused/time-to-live";
import { refuseRenames } from "./pipeline/renames/render-renames";
import { renderMarkdown, renderText } from "./pipeline/render-plan";
import { formerStateBuckets } from "./pipeline/state-bucket";

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
  const lock = values["no-lock"] ? "-lock=false" : lockTimeout(values["lock-timeout"]);
  removePlanArtifact(values.out);
  const target = await openTarget();
  const stackId = target.deployment.stackId("serverless-infrastructure");
  const summary = await step(`Plan of ${stackId}`, (current) =>
    plan(target, current, { adopt: values.adopt, options: [lock] }),
  ).catch(explainFailure);

  if (values.json) console.log(JSON.stringify(summary, null, 2));
  else if (values.markdown) console.log(renderMarkdown(summary, stackId, console.error));
  else console.log(renderText(summary, process.stdout.isTTY && pc.isColorSupported));

  const isText = !values.json && !values.markdown;
  const refusal = refuseRenames(summary.renamed, isText) ?? refuseLosses(summary, values["allow-data-loss"]);
  if (refusal) {
    console.error(refusal);
    return EXIT.refused;
  }
  const { folder } = target.deployment.stack("serverless-infrastructure");
  writePlanArtifact(folder, values.out, stackId);
  if (isEmpty(summary)) return EXIT.noChanges;
  console.error(`Saved to ${relative(process.cwd(), values.out) || "."}. Apply it with npm run apply.`);
  return EXIT.changes;
}

async function plan(target: Target, current: Step, options: Parameters<typeof planAdopting>[2]): Promise<PlanSummary> {
  const { deployment } = target;
  const terraform = deployment.stack("serverless-infrastructure");
  const warnings = await deployment.synthesize();
  if (warnings) current.print(warnings);
  const account = await checkAccount(target, terraform);
  current.setNote(account.description);
  await initWithLockFile(terraform);
  const here = { region: terraform.region, account: account.id };
  const state = await terraform.state();
  if (!state?.resources.length) await noticeFormerState(target, current, options.adopt);
  const elsewhere = findLeftBehind(state, here);
  try {
    const planned = await planAdopting(terraform, deployment, options);
    refuseOtherTtlAttribute(planned);
    return summarizePlan(planned, elsewhere);
  } catch (error) {
    // AWS refuses many requests about a resource of another Region, and never says why.
    if (!elsewhere || !(error instanceof UserError)) throw error;
    throw new UserError(error.message, [renderLeftBehind(elsewhere), ...error.details]);
  }
}

/** Where `account` or `region` was set or changed, the state may be in a bucket of another name. */
async function noticeFormerState({ deployment }: Target, current: Step, adopt: boolean): Promise<void> {
  const { bucket } = deployment.backend();
  const aws = await deployment.connect();
  // A role that plans may not list buckets.
  const [former] = await formerStateBuckets(aws, deployment.environmentName, bucket).catch(() => []);
  if (!former) return;
  const notice = `The state bucket ${bucket} has no state, and ${former} exists, too. If that one has this environment's state, this plan does not know what is deployed, and everything of it stays behind; set state.bucket to ${former} to go on with it.`;
  if (adopt) throw new UserError(`${notice} Nothing was planned, because --adopt would take over a part of it.`);
  current.print(`Warning: ${notice}`);
}

runCommand(main);
