import { relative } from "node:path";
import { parseOptions } from "@local/command-line/options";
import { runCommand } from "@local/command-line/process/run-command";
import { type Step, step } from "@local/command-line/progress";
import { UserError } from "@local/command-line/user-error";
import { checkAccount, openTarget, type Target } from "@local/terraform/deployment-target";
import { refuseLosses } from "@local/terraform/plan/changes/losses";
import { explainFailure, lockTimeout } from "@local/terraform/plan/explain-failure";
import { findLeftBehind, renderLeftBehind } from "@local/terraform/plan/left-behind";
import { planAdopting } from "@local/terraform/plan/plan-adopting";
import { PLAN_FOLDER, removePlanArtifact, writePlanArtifact } from "@local/terraform/plan/plan-artifact";
import { isEmpty, type PlanSummary, summarizePlan } from "@local/terraform/plan/plan-summary";
import { refuseRenames } from "@local/terraform/plan/renames/render-renames";
import { renderMarkdown, renderText } from "@local/terraform/plan/render-plan";
import { refuseOtherTtlAttribute } from "@local/terraform/plan/time-to-live";
import { initWithLockFile } from "@local/terraform/run/lock-file";
import { formerStateBuckets } from "@local/terraform/state-bucket";
import pc from "picocolors";
import { APPLICATION, stateBucketNameFor } from "./application/application";

const EXIT = { noChanges: 0, changes: 2, refused: 3 };

const KEEP_ENDPOINT =
  "To keep the API's own address until the domain answers and the clients use it, set api.disableDefaultEndpoint to false and deploy. Then remove it, and allow the loss.";

/** Without one of these, no API answers at the domain. */
const DOMAIN = /^aws_(?:apigatewayv2_domain_name|acm_certificate)\./;
const REPLACE_DOMAIN =
  'To replace a domain, read "Replace the domain" in docs/operations.md before you allow the loss.';

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
  const target = await openTarget(APPLICATION);
  const stackId = target.deployment.stackId(APPLICATION.system);
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
    if (summary.endpointsOff) console.error(KEEP_ENDPOINT);
    const { credentialLoss = [], addressLoss } = summary;
    if ([...credentialLoss, ...addressLoss].some((address) => DOMAIN.test(address))) console.error(REPLACE_DOMAIN);
    return EXIT.refused;
  }
  const { folder } = target.deployment.system;
  writePlanArtifact(folder, values.out, stackId);
  if (isEmpty(summary)) return EXIT.noChanges;
  console.error(`Saved to ${relative(process.cwd(), values.out) || "."}. Apply it with npm run apply.`);
  return EXIT.changes;
}

async function plan(target: Target, current: Step, options: Parameters<typeof planAdopting>[2]): Promise<PlanSummary> {
  const { deployment } = target;
  const terraform = deployment.system;
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
  // The plan role may lack the right to list buckets.
  const [former] = await formerStateBuckets(aws, bucket, stateBucketNameFor(deployment)).catch(() => []);
  if (!former) return;
  const notice = `The state bucket ${bucket} has no state, and ${former} exists, too. If that one has this environment's state, this plan does not know what is deployed, and everything of it stays behind; set state.bucket to ${former} to go on with it.`;
  if (adopt) throw new UserError(`${notice} --adopt is refused, because it would take over a part of it.`);
  current.print(`Warning: ${notice}`);
}

runCommand(main);
