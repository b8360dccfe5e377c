import { setTimeout } from "node:timers/promises";
import {
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  paginateListTables,
  RestoreTableToPointInTimeCommand,
  type TableDescription,
} from "@aws-sdk/client-dynamodb";
import { renderTime } from "@local/command-line/text/time";
import { UserError } from "@local/command-line/user-error";

const MAX_TABLE_NAME = 255;
const LONGEST_PAUSE_MS = 15_000;

/** A restore of a table to a point in time, as a new table. */
export interface TableRestore {
  readonly source: string;
  readonly target: string;
  readonly time: Date;
  /** Whether the target exists: an earlier run began the restore. */
  readonly isBegun: boolean;
}

interface RestorableTable {
  readonly name: string;
  /** Undefined while point-in-time recovery is off. */
  readonly window?: { readonly earliest: Date; readonly latest: Date };
}

/**
 * Finds the restore to do, or the one that an earlier run began.
 *
 * @param tables the table in use, and before it those that it replaced, the latest one first: they hold the times before
 * @param base the beginning of the new table's name
 * @param wanted by default the latest time that AWS offers, or that of a restore in progress
 * @throws UserError if there is none to this time
 */
export async function findRestore(
  dynamodb: DynamoDBClient,
  tables: readonly string[],
  base: string,
  wanted?: Date,
): Promise<TableRestore> {
  const restorable = (await Promise.all(tables.map((name) => readWindow(dynamodb, name)))).flatMap(
    (each) => each ?? [],
  );
  const { source, time } = choose(restorable, tables[0] ?? "", wanted);
  if (!wanted) {
    const begun = await findInProgress(dynamodb, source, base);
    if (begun) return begun;
  }
  const stamp = renderTime(time).replaceAll(/[-:]/g, "");
  const target = `${base.slice(0, MAX_TABLE_NAME - stamp.length - 1)}-${stamp}`;
  const existing = await describeTable(dynamodb, target);
  if (!existing) return { source, target, time, isBegun: false };
  const restore = asRestore(existing, source);
  if (restore?.time.getTime() === time.getTime()) return restore;
  throw new UserError(
    `The table ${target} exists, and is no restore of ${source} to ${renderTime(time)}; delete it, or restore to another second.`,
  );
}

function choose(tables: readonly RestorableTable[], inUse: string, wanted?: Date) {
  if (tables.length === 0) {
    throw new UserError(
      `There is no table ${inUse}; is this environment deployed, and to this account and Region? AWS keeps a backup of a deleted table for 35 days; aws dynamodb list-backups --backup-type SYSTEM shows it.`,
    );
  }
  const windows = tables.flatMap(({ name, window }) => (window ? [{ source: name, ...window }] : []));
  const [first] = windows;
  if (!first) {
    throw new UserError(
      `Point-in-time recovery is off for ${tables.map(({ name }) => name).join(" and ")}, so AWS has none of the former items.`,
    );
  }
  if (!wanted) return { source: first.source, time: first.latest };
  const found = windows.find(({ earliest, latest }) => earliest <= wanted && wanted <= latest);
  if (found) return { source: found.source, time: wanted };
  const offers = windows.map(
    ({ source, earliest, latest }) => `${source} from ${renderTime(earliest)} to ${renderTime(latest)}`,
  );
  throw new UserError(`--at is ${renderTime(wanted)}, and AWS can restore ${offers.join(", and ")}.`);
}

async function readWindow(dynamodb: DynamoDBClient, name: string): Promise<RestorableTable | undefined> {
  try {
    const answer = await dynamodb.send(new DescribeContinuousBackupsCommand({ TableName: name }));
    const { EarliestRestorableDateTime: earliest, LatestRestorableDateTime: latest } =
      answer.ContinuousBackupsDescription?.PointInTimeRecoveryDescription ?? {};
    if (!earliest || !latest) return { name };
    // A restore is to a second. AWS refuses one outside of these times.
    const [first, last] = [Math.ceil(+earliest / 1000) * 1000, Math.floor(+latest / 1000) * 1000];
    return { name, window: { earliest: new Date(first), latest: new Date(last) } };
  } catch (error) {
    if (/^(Table|Resource)NotFoundException$/.test((error as Error).name)) return undefined;
    throw error;
  }
}

async function findInProgress(
  dynamodb: DynamoDBClient,
  source: string,
  base: string,
): Promise<TableRestore | undefined> {
  for await (const { TableNames = [] } of paginateListTables({ client: dynamodb }, {})) {
    for (const name of TableNames.filter((each) => each.startsWith(`${base}-`))) {
      const table = await describeTable(dynamodb, name);
      if (table?.RestoreSummary?.RestoreInProgress) {
        const restore = asRestore(table, source);
        if (restore) return restore;
      }
    }
  }
  return undefined;
}

/** The restore that created a table; undefined if another table was restored. */
function asRestore({ TableName = "", RestoreSummary }: TableDescription, source: string): TableRestore | undefined {
  const { SourceTableArn, RestoreDateTime } = RestoreSummary ?? {};
  if (!RestoreDateTime || !SourceTableArn?.endsWith(`:table/${source}`)) return undefined;
  return { source, target: TableName, time: RestoreDateTime, isBegun: true };
}

/**
 * Begins a restore, unless it is begun, and waits for its end. AWS goes on with it if this process ends.
 *
 * @param onStatus called with AWS's status, such as `CREATING`
 */
export async function finishRestore(
  dynamodb: DynamoDBClient,
  { source, target, time, isBegun }: TableRestore,
  onStatus: (status: string) => void,
): Promise<void> {
  if (!isBegun) {
    await dynamodb.send(
      new RestoreTableToPointInTimeCommand({
        SourceTableName: source,
        TargetTableName: target,
        RestoreDateTime: time,
      }),
    );
  }
  for (let pause = 500; ; pause = Math.min(pause * 1.5, LONGEST_PAUSE_MS)) {
    const table = await describeTable(dynamodb, target);
    if (!table) {
      throw new UserError(
        `The table ${target} is gone: AWS gave up the restore, or somebody deleted it. Run this again.`,
      );
    }
    onStatus(table.TableStatus ?? "");
    if (table.TableStatus === "ACTIVE" && !table.RestoreSummary?.RestoreInProgress) return;
    await setTimeout(pause);
  }
}

/** Returns undefined if AWS has no table of this name. */
export async function describeTable(dynamodb: DynamoDBClient, name: string): Promise<TableDescription | undefined> {
  try {
    return (await dynamodb.send(new DescribeTableCommand({ TableName: name }))).Table;
  } catch (error) {
    if ((error as Error).name === "ResourceNotFoundException") return undefined;
    throw error;
  }
}
