import type { DynamodbTable } from "@cdktf/provider-aws/lib/dynamodb-table";
import { Fn, Op, TerraformElement } from "cdktf";
import type { Construct } from "constructs";
import { environmentOf } from "../environment";

/** Returns those of some names that a table of the Region has. */
type NamesIn = (names: readonly string[]) => string[];

/**
 * The tables into which a table was restored. Terraform imports the last one and forgets the others, which stay in AWS.
 * Each has an address of its own, because Terraform imports only to an address that the state lacks.
 */
export class RestoredTables {
  /** The name of the table in use. */
  readonly current: string;
  /** The id of its construct. */
  readonly id: string;
  private readonly former: readonly string[];

  constructor(
    private readonly owner: Construct,
    private readonly tableName: string,
  ) {
    const names = [tableName, ...(environmentOf(owner).restoredTables[tableName] ?? [])];
    this.current = names.at(-1) ?? tableName;
    this.former = [...new Set(names)].filter((name) => name !== this.current);
    this.id = this.idOf(this.current);
  }

  /** Call it once the table in use is a child of the owner. */
  replaceFormer(table: DynamodbTable, namesIn: NamesIn): void {
    if (this.former.length === 0) return;
    const { current, former } = this;
    new Import(this.owner, "import", { table, existing: namesIn([current]), existingFormer: namesIn(former) });
    for (const name of this.former) new Removed(this.owner, this.idOf(name));
  }

  /** The ARNs of the tables that were in use before. */
  get formerArns(): string[] {
    const { partition, region, accountId } = environmentOf(this.owner);
    return this.former.map((name) => `arn:${partition}:dynamodb:${region}:${accountId}:table/${name}`);
  }

  private idOf(name: string): string {
    return name === this.tableName ? "table" : `table-${name}`;
  }
}

interface ImportProps {
  readonly table: DynamodbTable;
  /** The table's name, if it exists. */
  readonly existing: string[];
  /** The names of those that it replaces, if they exist. */
  readonly existingFormer: string[];
}

/** Imports a table where it exists. A new environment, such as one on an emulator, has none of its tables. */
class Import extends TerraformElement {
  constructor(
    scope: Construct,
    id: string,
    private readonly props: ImportProps,
  ) {
    super(scope, id);
  }

  override toTerraform(): object {
    const { table, existing, existingFormer } = this.props;
    const { terraformResourceType: type, friendlyUniqueId: id, nameInput: name } = table;
    // CDKTF cannot render a precondition as HCL. There, this element is missing.
    const precondition = {
      condition: Op.gte(Fn.lengthOf(existing), Fn.min([1, Fn.lengthOf(existingFormer)])),
      error_message: `There is no table ${name} to use in place of a restored one; correct table.restored in cdktf.json.`,
    };
    return {
      import: [{ for_each: Fn.toset(existing), to: `${type}.${id}`, id: "${each.value}" }],
      // Without it, a plan would put an empty table in the place of one with data.
      resource: { [type]: { [id]: { lifecycle: { precondition: [precondition] } } } },
    };
  }
}

/** Forgets the table whose construct had this id. */
class Removed extends TerraformElement {
  override toTerraform(): object {
    return { removed: [{ from: `aws_dynamodb_table.${this.friendlyUniqueId}`, lifecycle: { destroy: false } }] };
  }
}
