import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import {
  AttachRolePolicyCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import type { FunctionConfiguration } from "@aws-sdk/client-lambda";
import { type Aws, connectAws } from "@local/terraform/aws";
import { type Emulator, startEmulator } from "../../../emulator/emulator";
import { findPython } from "../../../emulator/python";
import { EmulatorParameters } from "../../../secrets/parameter-store";
import { giveSecrets } from "../../../secrets/secrets";
import { describeWithPython } from "../echo-api";

const REGION = "us-west-2";
const policyFor = (...parameters: string[]) =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: {
      Effect: "Allow",
      Action: "ssm:GetParameter*",
      Resource: parameters.map((name) => `arn:aws:ssm:${REGION}:123456789012:parameter${name}`),
    },
  });

describeWithPython("local.env", () => {
  let folder: string;
  let emulator: Emulator;
  let aws: Aws;
  let store: EmulatorParameters;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "secrets-"));
    emulator = await startEmulator(await findPython(), join(folder, "emulator.log"));
    aws = connectAws({ endpoint: emulator.endpoint, region: REGION });
    store = new EmulatorParameters(emulator.endpoint, REGION);
    const AssumeRolePolicyDocument = "{}";
    for (const RoleName of ["inline", "attached"]) {
      await aws.iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
    }
    await aws.iam.send(
      new PutRolePolicyCommand({ RoleName: "inline", PolicyName: "a", PolicyDocument: policyFor("/shop-key") }),
    );
    const { Policy } = await aws.iam.send(
      new CreatePolicyCommand({ PolicyName: "b", PolicyDocument: policyFor("/team/*") }),
    );
    await aws.iam.send(new AttachRolePolicyCommand({ RoleName: "attached", PolicyArn: Policy?.Arn }));
  });
  afterAll(async () => {
    await emulator.stop();
    rmSync(folder, { recursive: true });
  });

  test("gives the parameters that the functions may read their values, and tells of missing ones", async () => {
    const file = join(folder, "local.env");
    writeFileSync(file, "SHOP_KEY=s3cret\nOTHER=x\n");
    const role = (name: string) => `arn:aws:iam::123456789012:role/${name}`;
    const functions: FunctionConfiguration[] = [
      {
        FunctionName: "orders",
        Role: role("inline"),
        Environment: { Variables: { SHOP_KEY_PARAMETER: "/shop-key", BASE_PATH: "/orders" } },
      },
      { FunctionName: "worker", Role: role("attached"), Environment: { Variables: { TOKEN: "/team/token" } } },
      { FunctionName: "plain", Role: role("none") },
    ];
    const shown = relative(process.cwd(), file);
    const missing = `worker reads the parameter /team/token, which has no value here. Add the line TOKEN=<value> to ${shown}.`;
    const unread = `${shown} has OTHER, but no function reads a parameter of which a variable has that name.`;
    expect(await giveSecrets({ iam: aws.iam, store, functions, file })).toEqual([missing, unread]);
    expect([await store.has("/shop-key"), await store.has("/orders")]).toEqual([true, false]);

    await store.put("/team/token", "from elsewhere");
    expect(await giveSecrets({ iam: aws.iam, store, functions, file })).toEqual([unread]);
  });
});
