// CPU time and memory of the function, against a handler in the old template's manner (baseline.py), each in processes of
// its own with a DynamoDB that answers at once.
import { join } from "node:path";
import { PROJECT_FOLDER } from "@local/command-line/project";
import { close, listen, serverUrl } from "@local/command-line/server";
import { compare, inTurns, measureProcess, type Row } from "../measure";

// These rounds end before the deployments do.
const ROUNDS = 21;
const REQUESTS = 300;
const BENCH = __dirname;
const STORED = JSON.stringify({ ConsumedCapacity: { TableName: "requests", CapacityUnits: 1 } });

export async function measureFunction(python: string): Promise<Row[]> {
  const dynamodb = await listen(0, "");
  dynamodb.on("request", (request, response) => {
    response.setHeader("content-type", "application/x-amz-json-1.0");
    request.resume().once("end", () => response.end(STORED));
  });
  const env = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    DYNAMODB_TABLE_NAME: "requests",
    AWS_DEFAULT_REGION: "us-west-2",
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    AWS_ENDPOINT_URL: serverUrl(dynamodb),
  };
  const measure = async (folder: string, module: string) => {
    const command = [python, join(BENCH, "measure.py"), folder, module, String(REQUESTS)];
    const { mebibytes, output } = await measureProcess(python, command, { env });
    return { mebibytes, ...(JSON.parse(output) as { importMs: number; requestMs: number }) };
  };
  const baselineName = "a handler in the old template's manner";
  const [baseline = [], here = []] = await inTurns(ROUNDS, {
    [baselineName]: () => measure(BENCH, "baseline"),
    "the function": () => measure(join(PROJECT_FOLDER, "lambda-src"), "index"),
  });
  await close(dynamodb);
  const time = { unit: "ms", baselineName };
  const memory = { unit: "MiB", baselineName };
  return [
    {
      name: "the function, CPU of import and init",
      ...time,
      ...compare(here, baseline, (run) => run.importMs),
      bar: 0.75,
    },
    {
      name: "the function, CPU of a warm request",
      ...time,
      ...compare(here, baseline, (run) => run.requestMs),
      bar: 0.58,
    },
    { name: "the function, peak memory", ...memory, ...compare(here, baseline, (run) => run.mebibytes), bar: 1 },
  ];
}
