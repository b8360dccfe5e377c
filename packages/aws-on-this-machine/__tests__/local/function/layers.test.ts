import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PublishLayerVersionCommand, UpdateFunctionConfigurationCommand } from "@aws-sdk/client-lambda";
import { strToU8, zipSync } from "fflate";
import { findPython } from "../../../emulator/python";
import { LiveFunction } from "../../../function/live-function";
import { linkLibraries } from "../../../function/sandbox/libraries";
import { describeWithPython } from "../echo-api";
import { createFunction, useEmulator } from "../emulator/own-emulator";

const CODE = `
def handler(event, context):
    import boto3, both, first, second
    return [both.FROM, first.FROM, second.FROM, boto3.FROM]
`;

const zip = (files: Readonly<Record<string, string>>) =>
  zipSync(Object.fromEntries(Object.entries(files).map(([name, text]) => [name, strToU8(text)])));

describeWithPython("a function with layers of its account", () => {
  const own = useEmulator();
  const folder = mkdtempSync(join(tmpdir(), "layers-"));
  const publish = async (LayerName: string, files: Readonly<Record<string, string>>) => {
    const Content = { ZipFile: zip(files) };
    return (await own().aws.lambda.send(new PublishLayerVersionCommand({ LayerName, Content }))).LayerVersionArn ?? "";
  };
  afterAll(() => rmSync(folder, { recursive: true }));

  test("finds their packages, those of the last layer first, before Lambda's own libraries", async () => {
    const first = await publish("first", {
      "python/first.py": "FROM = 'first'",
      "python/both.py": "FROM = 'first'",
      "python/boto3.py": "FROM = 'layer'",
    });
    const SITE = "python/lib/python3.13/site-packages";
    const second = await publish("second", { [`${SITE}/second.py`]: "FROM = 2", [`${SITE}/both.py`]: "FROM = 2" });
    const newer = await publish("second", { "python/second.py": "FROM = 3" });
    const Code = { ZipFile: zip({ "index.py": CODE }) };
    await createFunction(own(), "orders", { Layers: [first, second], Code });
    const python = await findPython();
    const { lambda } = own().aws;
    const live = await LiveFunction.open({
      ...{ lambda, python, folder, functionName: "orders", source: undefined, logStreamName: "stream" },
      ...{ libraries: await linkLibraries(python, folder), awsEnvironment: { PATH: process.env.PATH } },
      ...{ onLog: () => {}, onNotice: () => {} },
    });
    const answer = async () => JSON.parse((await live.invoke("{}", "id-1", "")).payload);
    try {
      expect(await answer()).toEqual([2, "first", 2, "layer"]);
      const changed = { FunctionName: "orders", Layers: [first, newer] };
      const configuration = await lambda.send(new UpdateFunctionConfigurationCommand(changed));
      await live.redeploy({ configuration });
      expect(await answer()).toEqual(["first", "first", 3, "layer"]);
    } finally {
      await live.stop();
    }
  });
});
