/** @sequential Each test goes on from the one before it. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import {
  DeleteItemCommand,
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  PutItemCommand,
} from "@aws-sdk/client-dynamodb";
import type { Deployed } from "@local/aws-on-this-machine/start/apply-stacks";
import { type Aws, connectAws } from "@local/terraform/aws";
import { systemNames } from "../../../../stacks/names";
import { shareAwsProvider } from "../../aws-provider";
import { Checkout } from "../../checkout";
import { describeE2e } from "../../shared";
import { SharedDeployment } from "../shared-deployment";

const { table } = systemNames({ environment: "production", region: "us-west-2" });

describeE2e("the drill of a restore", () => {
  let folder: string;
  let deployed: Deployed;
  let aws: Aws;
  let checkout: Checkout;
  let restored: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "restore-"));
    const shown = jest.spyOn(console, "error").mockImplementation();
    deployed = await (await SharedDeployment.ready()).repeat(folder);
    shown.mockRestore();
    aws = connectAws({ endpoint: deployed.endpoint, region: "us-west-2" });
    await shareAwsProvider({ endpoint: deployed.endpoint, folder });
    checkout = new Checkout(join(folder, "checkout"), deployed.endpoint);
  });
  afterAll(async () => {
    await deployed?.stop();
    if (folder) rmSync(folder, { recursive: true });
  });

  const keyOf = (id: string) => ({ RequestId: { S: id }, Timestamp: { S: "2026" } });
  const inUse = () => {
    const { restored = {} } = JSON.parse(readFileSync(join(checkout.folder, "cdktf.json"), "utf8")).context.environments
      .production.table;
    return restored[table];
  };

  test("plans the use of a table with the deleted items, without a loss", async () => {
    for (const id of ["kept", "deleted"])
      await aws.dynamodb.send(new PutItemCommand({ TableName: table, Item: keyOf(id) }));
    await setTimeout(1_100);
    const time = `${new Date().toISOString().slice(0, 19)}Z`;
    await setTimeout(1_100);
    await aws.dynamodb.send(new DeleteItemCommand({ TableName: table, Key: keyOf("deleted") }));

    const { exitCode, stdout, stderr } = await checkout.run("restore", "--at", time);
    expect([exitCode, stderr]).toEqual([0, expect.stringContaining("Saved to cdktf.out/plan")]);
    restored = `${table}-${time.replaceAll(/[-:]/g, "")}`;
    expect(inUse()).toEqual([restored]);
    expect(stdout).toContain(`aws_dynamodb_table: ${restored} takes the place of ${table}.`);
    expect(stdout).toMatch(new RegExp(`Of 2 items from the restored table, ${table} has 1 as they are, .* lacks 1\\.`));
    expect(stdout).not.toMatch(/would be lost|^- delete|^± replace .*aws_dynamodb/m);
  });

  test("applies it: the table is as configured, the former one stays, and no change is left", async () => {
    expect(await checkout.run("apply")).toMatchObject({ exitCode: 0, stdout: expect.stringContaining(restored) });
    const { Table } = await aws.dynamodb.send(new DescribeTableCommand({ TableName: restored }));
    expect(Table).toMatchObject({ DeletionProtectionEnabled: true, ItemCount: 2 });
    const { ContinuousBackupsDescription: backups } = await aws.dynamodb.send(
      new DescribeContinuousBackupsCommand({ TableName: restored }),
    );
    expect(backups?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus).toBe("ENABLED");
    expect((await aws.dynamodb.send(new DescribeTableCommand({ TableName: table }))).Table?.ItemCount).toBe(1);
    expect(await checkout.run("plan")).toMatchObject({ exitCode: 0, stdout: "No changes.\n" });
  });

  test("goes back to the former table", async () => {
    const { exitCode, stdout } = await checkout.run("restore", "--use", table);
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining(`${table} takes the place of ${restored}.`)]);
    expect(inUse()).toEqual([restored, table]);
    expect(await checkout.run("apply")).toMatchObject({ exitCode: 0 });
    expect(await checkout.run("plan")).toMatchObject({ exitCode: 0, stdout: "No changes.\n" });
  });
});
