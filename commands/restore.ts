import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findByName } from "@local/aws-on-this-machine/inventory/find-by-name";
import { TYPESCRIPT } from "@local/command-line/launcher/typescript";
import { parseOptions } from "@local/command-line/options";
import { interruptChildren, startChild } from "@local/command-line/process/child-process";
import { runCommand } from "@local/command-line/process/run-command";
import { beforeShutdown } from "@local/command-line/process/shutdown";
import { type Step, step } from "@local/command-line/progress";
import { PROJECT_FOLDER } from "@local/command-line/project";
import { renderTime } from "@local/command-line/text/time";
import { UserError } from "@local/command-line/user-error";
import { checkAccount, openWithoutTerraform, type Target } from "@local/terraform/deployment-target";
import { userEmulator } from "@local/terraform/environment";
import { explainFailure } from "@local/terraform/plan/explain-failure";
import { gradualFunctions } from "@local/terraform/release/gradual-functions";
import { compareTables, renderComparison } from "@local/terraform/restore/compare-tables";
import { findDeletedObjects, putObjectsBack, renderDeletedObjects } from "@local/terraform/restore/deleted-objects";
import { parsePastTime } from "@local/terraform/restore/restore-time";
import { describeTable, findRestore, finishRestore } from "@local/terraform/restore/table-restore";
import { APPLICATION } from "./application/application";
import { restoredTables, withSetting } from "./application/settings-file";

const SETTINGS = join(PROJECT_FOLDER, "cdktf.json");

/** The deleted objects that are listed. */
const SHOWN = 100;

const OPTIONS = {
  table: { type: "string" },
  at: { type: "string" },
  use: { type: "string" },
  objects: { type: "boolean" },
  bucket: { type: "string" },
  prefix: { type: "string" },
  since: { type: "string" },
  "put-back": { type: "boolean" },
} as const;

type Values = ReturnType<typeof parseOptions<typeof OPTIONS>>["values"];

/** `npm run restore`: restores a table to a point in time, or deleted objects of a bucket. */
async function main(args: string[]): Promise<number> {
  const { values } = parseOptions(args, OPTIONS);
  const others = values.objects ? ["table", "at", "use"] : ["bucket", "prefix", "since", "put-back"];
  const misplaced = others.find((name) => name in values);
  if (misplaced) throw new UserError(`--${misplaced} ${values.objects ? "is not for" : "needs"} --objects.`);
  const target = await openWithoutTerraform(APPLICATION);
  await target.deployment.synthesize();
  if (values.objects) return restoreObjects(target, values);
  const table = findTable(target, values.table);
  if (values.use === undefined) return restoreTable(target, table, values.at);
  if (values.at !== undefined) throw new UserError("--use takes a table as it is, without --at.");
  return useTable(target, table, values.use);
}

interface TableInUse {
  readonly address: string;
  /** The name of the table in use. */
  readonly name: string;
  /** The name in the application, by which the settings know it. */
  readonly base: string;
  /** The tables that it replaced, the latest one first. */
  readonly former: readonly string[];
}

function findTable({ deployment }: Target, wanted = ""): TableInUse {
  const restored = restoredTables(readFileSync(SETTINGS, "utf8"), deployment.environmentName);
  const { aws_dynamodb_table: tables = {} } = deployment.system.configuration().resource;
  const all = Object.entries(tables).map(([id, resource]) => {
    const { name } = resource as { readonly name: string };
    const [base, names] = Object.entries(restored).find(([, list]) => list.at(-1) === name) ?? [name, []];
    const former = [...new Set([base, ...names])].filter((each) => each !== name).reverse();
    return { address: `aws_dynamodb_table.${id}`, name, base, former };
  });
  return all.find(({ base }) => base === wanted) ?? findByName(all, wanted, "table");
}

async function restoreTable(target: Target, table: TableInUse, at?: string): Promise<number> {
  const wanted = at === undefined ? undefined : parsePastTime("--at", at);
  const found = await step(`Restore of ${table.base}`, async (current) => {
    const { dynamodb } = await connect(target, current);
    const restore = await findRestore(dynamodb, [table.name, ...table.former], table.base, wanted);
    const { source, target: name, time, isBegun } = restore;
    const again = `npm run restore -- --table ${table.base} --at ${renderTime(time)}`;
    current.print(`  ${isBegun ? "Goes on with" : "Begins"} ${source} as of ${renderTime(time)}, as the table ${name}`);
    const forget = beforeShutdown(async () => console.error(`\nAWS goes on with the restore. To continue: ${again}`));
    await finishRestore(dynamodb, restore, (status) => current.setNote(`${name} is ${status}`));
    forget();
    return restore;
  }).catch(explainFailure);
  const lines = await step(`Check of ${found.target}`, async () => {
    const { dynamodb } = await target.deployment.connect();
    const comparison = await compareTables(dynamodb, found.source, found.target);
    if (comparison.restored.items === 0 && comparison.source.items > 0) {
      throw new UserError(
        `The restored table ${found.target} is empty, and ${found.source} is not. Choose another time; or use the empty one with npm run restore -- --table ${table.base} --use ${found.target}.`,
      );
    }
    return renderComparison(comparison, found);
  }).catch(explainFailure);
  for (const line of lines) console.log(line);
  return planUse(target, table, found.target, found.time);
}

/** Takes a table that exists, such as a former one, in place of the one in use. */
async function useTable(target: Target, table: TableInUse, name: string): Promise<number> {
  await step(`Check of ${name}`, async (current) => {
    const { dynamodb } = await connect(target, current);
    const [own, other] = await Promise.all([table.name, name].map((each) => describeTable(dynamodb, each)));
    if (other?.TableStatus !== "ACTIVE") {
      throw new UserError(
        `The table ${name} ${other ? `is ${other.TableStatus}` : "does not exist"}; nothing was changed.`,
      );
    }
    // A table in use that somebody deleted has no keys to compare.
    if (own && JSON.stringify(own.KeySchema) !== JSON.stringify(other.KeySchema)) {
      throw new UserError(`The table ${name} has other keys than ${table.name}; nothing was changed.`);
    }
  }).catch(explainFailure);
  return planUse(target, table, name);
}

async function planUse(target: Target, table: TableInUse, name: string, time?: Date): Promise<number> {
  const { deployment } = target;
  const text = readFileSync(SETTINGS, "utf8");
  const { [table.base]: names = [] } = restoredTables(text, deployment.environmentName);
  if (name !== table.name) {
    const setting = ["table", "restored", table.base];
    const list = [...names.filter((each) => each !== name), name];
    writeFileSync(SETTINGS, withSetting(text, deployment.environmentName, setting, list));
    console.error(`cdktf.json sets ${setting.join(".")} for ${deployment.environmentName}.`);
  }
  // Ctrl-C must not leave the state locked.
  const forget = beforeShutdown(() => interruptChildren());
  const plan = join(PROJECT_FOLDER, "commands", "plan.ts");
  const [exitCode] = await once(
    startChild(process.execPath, [...TYPESCRIPT, plan], { cwd: PROJECT_FOLDER, stdio: "inherit" }),
    "close",
  );
  forget();
  const back = `npm run restore -- --table ${table.base} --use ${table.name}`;
  if (exitCode === 0) return 0;
  if (exitCode !== 2) {
    console.error(`cdktf.json names ${name}. Plan again with npm run plan, or go back with ${back}.`);
    return exitCode ?? 1;
  }
  console.log(renderNext(target, table, { name, time, back }));
  return 0;
}

function renderNext(
  { deployment }: Target,
  { name: former }: TableInUse,
  { name, time, back }: { readonly name: string; readonly time?: Date | undefined; readonly back: string },
): string {
  const unprotect = `aws dynamodb update-table --table-name ${former} --no-deletion-protection-enabled`;
  const isGradual = gradualFunctions(deployment.system.configuration()).length > 0;
  const roles = deployment.application.others.filter((other) => existsSync(deployment.stack(other).folder));
  return [
    "",
    "Next:",
    `- npm run apply puts ${name} in the place of ${former}. Until it has ended, the application writes to ${former}.`,
    ...(userEmulator()
      ? ["- A running npm start of this checkout does it by itself: to it, the new cdktf.json is a save of the stacks."]
      : []),
    ...(isGradual
      ? [
          "- Then it moves all invocations to the new version at once. Stop a release in progress before: it waits for that.",
        ]
      : []),
    `- ${time ? `Items that were written after ${renderTime(time)} are only in ${former}` : `Items that were written to ${former} are only there`}. Copy those that you need.`,
    ...roles.map(
      (other) => `- npx cdktf deploy ${deployment.stackId(other)} gives the roles of the workflows access to ${name}.`,
    ),
    "- Commit cdktf.json: without it, npm run plan is refused.",
    `- ${back} goes back, as long as ${former} exists.`,
    `- Once you do not need it: ${unprotect}, then aws dynamodb delete-table --table-name ${former}.`,
  ].join("\n");
}

async function restoreObjects(target: Target, values: Values): Promise<number> {
  const { prefix = "", "put-back": putsBack = false } = values;
  const since = parsePastTime("--since", values.since ?? "1d");
  const { aws_s3_bucket: buckets = {} } = target.deployment.system.configuration().resource;
  return step("Deleted objects", async (current) => {
    const { s3, account } = await connect(target, current);
    const all = Object.entries(buckets).map(([id, resource]) => {
      const { bucket = "" } = resource as { readonly bucket?: string };
      return {
        address: `aws_s3_bucket.${id}`,
        name: bucket.replace(/\$\{data\.aws_caller_identity\.[\w-]+\.account_id\}/, account),
      };
    });
    const { name } = findByName(all, values.bucket ?? "", "bucket");
    current.setNote(name);
    const deleted = await findDeletedObjects(s3, name, { prefix, since });
    for (const line of renderDeletedObjects(deleted, SHOWN)) console.log(line);
    const { length } = deleted.objects;
    const counted = `${length} deleted object${length === 1 ? "" : "s"} of ${name} since ${renderTime(since)}`;
    if (!putsBack || length === 0) {
      console.log(`${counted}.${length > 0 ? " --put-back puts them back." : ""}`);
      return 0;
    }
    const refused = await putObjectsBack(s3, name, deleted.objects, (done) => current.setNote(`${name}, ${done}`));
    console.log(`Put back ${length - refused.size} of ${counted}.`);
    for (const [key, reason] of refused) console.error(`S3 does not put back ${key}: ${reason}`);
    return refused.size > 0 ? 1 : 0;
  }).catch(explainFailure);
}

async function connect(target: Target, current: Step) {
  const { id, description } = await checkAccount(target, target.deployment.system);
  current.setNote(description);
  const { dynamodb, s3 } = await target.deployment.connect();
  return { dynamodb, s3, account: id };
}

runCommand(main);
