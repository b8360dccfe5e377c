import { setTimeout } from "node:timers/promises";
import { describeWithPython } from "../../echo-api";
import { FunctionProcess } from "../function-process";
import { call, createFunction, useEmulator } from "../own-emulator";

const STEPS = ["createSecret", "setSecret", "testSecret", "finishSecret"];

describeWithPython("the rotation of a secret", () => {
  const own = useEmulator();
  let process: FunctionProcess;
  let RotationLambdaARN: string;

  const ask = (action: string, body: object) => call(own(), "secretsmanager", `secretsmanager.${action}`, body);
  const secrets = (action: string, SecretId: string, body: object = {}) => ask(action, { SecretId, ...body });
  const currentValue = async (name: string) => (await secrets("GetSecretValue", name)).SecretString;
  const create = (Name: string) => ask("CreateSecret", { Name, SecretString: "old" });

  beforeAll(async () => {
    RotationLambdaARN = await createFunction(own(), "rotation");
    process = await FunctionProcess.start(own().emulator.endpoint);
  });
  beforeEach(() => process.register());
  afterAll(() => process?.end());

  test("keeps the value while no process runs functions", async () => {
    await create("kept");
    await process.unregister();
    const RotationRules = { AutomaticallyAfterDays: 30 };
    await secrets("RotateSecret", "kept", { RotationLambdaARN, RotationRules });
    expect(await currentValue("kept")).toBe("old");
    expect(await secrets("DescribeSecret", "kept")).toMatchObject({ RotationEnabled: true, RotationLambdaARN });
  });

  test("has the steps of the function, also without its ARN", async () => {
    const { ARN, VersionId: old } = await create("rotated");
    process.handler = async ({ payload }, response) => {
      const { Step, SecretId, ClientRequestToken } = payload as Record<string, string>;
      if (Step === "createSecret") {
        const version = { ClientRequestToken, SecretString: "new", VersionStages: ["AWSPENDING"] };
        await secrets("PutSecretValue", SecretId ?? "", version);
      }
      if (Step === "finishSecret") {
        const move = { MoveToVersionId: ClientRequestToken, RemoveFromVersionId: old };
        await secrets("UpdateSecretVersionStage", SecretId ?? "", { VersionStage: "AWSCURRENT", ...move });
      }
      response.end("null");
    };
    await secrets("RotateSecret", "rotated", { RotationLambdaARN, RotateImmediately: false });
    const { VersionId } = await secrets("RotateSecret", "rotated");
    for (const Step of STEPS) {
      expect(await process.next()).toMatchObject({
        ...{ arn: RotationLambdaARN, service: "secretsmanager.amazonaws.com", source: ARN },
        payload: { Step, SecretId: ARN, ClientRequestToken: VersionId },
      });
    }
    while ((await currentValue("rotated")) === "old") await setTimeout(10);
    expect(await currentValue("rotated")).toBe("new");
  });

  test("ends with the step that fails, and keeps the value", async () => {
    await create("failed");
    process.handler = (_, response) => {
      response.writeHead(200, { "x-amz-function-error": "Unhandled" }).end('{"errorMessage":"no"}');
    };
    await secrets("RotateSecret", "failed", { RotationLambdaARN });
    expect(await process.next()).toMatchObject({ payload: { Step: "createSecret" } });
    await setTimeout(100);
    expect(process.invocations).toEqual([]);
    expect(await currentValue("failed")).toBe("old");
  });
});
