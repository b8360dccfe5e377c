import { isOnly, type ResourceChange, type TerraformPlan } from "./terraform-plan";

/** A table in use that a plan deletes, because the configuration names the one that it replaced. */
export interface UndoneRestore {
  /** The table in use, which the state has. */
  readonly from: TableAt;
  /** The table that the plan creates or imports. */
  readonly to: TableAt;
}

interface TableAt {
  readonly address: string;
  readonly name: string;
}

/** Finds tables whose addresses differ by the names of the tables alone, as those of a table and of a restored one do. */
export function findUndoneRestores({ resource_changes = [] }: TerraformPlan): UndoneRestore[] {
  const tables = resource_changes.filter(({ mode, type }) => mode === "managed" && type === "aws_dynamodb_table");
  const begun = tables.filter(({ change }) => isOnly(change, "create") || change.importing);
  const deleted = tables.filter(({ change }) => isOnly(change, "delete"));
  return begun.flatMap((each) => {
    const from = deleted.find((other) => placeOf(other) === placeOf(each));
    return from ? [{ from: at(from), to: at(each) }] : [];
  });
}

/** The remedy comes first: all that the plan's other messages advise would lose the table in use. */
export function explainUndoneRestore({ from, to }: UndoneRestore): string {
  return `The state has ${from.name} (${from.address}) in the place of ${to.name} (${to.address}). table.restored in cdktf.json may lack ${from.name}: take the commit that restored the table. If there is none, npm run restore -- --table ${to.name} --use ${from.name} adds the entry.`;
}

function at({ address, change }: ResourceChange): TableAt {
  const { name = address } = Object(change.after ?? change.before) as { readonly name?: string };
  return { address, name };
}

/** The address without CDKTF's hash and the table's name. CDKTF leaves out other characters, and a part that repeats. */
function placeOf(resource: ResourceChange): string {
  const { address, name } = at(resource);
  return address
    .replace(/_[0-9A-F]{8}$/, "")
    .replace(`-${name.replace(/[^\w-]/g, "")}`, "")
    .replace(/(?<=[._])([^_]+)_\1$/, "$1");
}
