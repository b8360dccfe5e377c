/** @sequential After a failed test, nothing is recorded. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateApiCommand, GetApisCommand } from "@aws-sdk/client-apigatewayv2";
import { CreateKeyCommand, ListKeysCommand } from "@aws-sdk/client-kms";
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { CreateQueueCommand, ListQueuesCommand } from "@aws-sdk/client-sqs";
import { type Aws, connectAws } from "@local/terraform/aws";
import { type Emulator, startEmulator } from "../../../emulator/emulator";
import { findPython } from "../../../emulator/python";
import { describeWithPython } from "../echo-api";

const PATH = "/_emulator/recording";

describeWithPython("the emulator's recording", () => {
  let folder: string;
  let python: string;
  const emulators: Emulator[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "recording-"));
    python = await findPython();
  });
  afterAll(async () => {
    for (const emulator of emulators) await emulator.stop();
    rmSync(folder, { recursive: true });
  });

  async function start(): Promise<{ endpoint: string; aws: Aws }> {
    const emulator = await startEmulator(python, join(folder, `${emulators.length}.log`));
    emulators.push(emulator);
    return { endpoint: emulator.endpoint, aws: connectAws({ endpoint: emulator.endpoint, region: "us-west-2" }) };
  }

  /** The ids that the emulator made up, and what it keeps. */
  async function contents({ apigateway, kms, s3, sqs }: Aws) {
    const { Items: apis = [] } = await apigateway.send(new GetApisCommand({}));
    const { Keys: keys = [] } = await kms.send(new ListKeysCommand({}));
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: "things", Key: "a b/ä" }));
    const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({}));
    return {
      apis: apis.map(({ ApiId, Name }) => `${ApiId} ${Name}`).sort(),
      keys: keys.map(({ KeyId }) => KeyId).sort(),
      queues: QueueUrls.map((url) => new URL(url).pathname),
      object: Buffer.from((await Body?.transformToByteArray()) ?? []).toString("hex"),
    };
  }

  async function makeThings({ apigateway, kms, s3, sqs }: Aws): Promise<void> {
    // At once, as Terraform does, and with reads in between, which also take random numbers.
    const makeApi = (Name: string) => apigateway.send(new CreateApiCommand({ Name, ProtocolType: "HTTP" }));
    await s3.send(new CreateBucketCommand({ Bucket: "things" }));
    await Promise.all([
      ...["one", "two", "three", "four", "five", "six"].map(makeApi),
      ...[1, 2, 3].map(() => kms.send(new CreateKeyCommand({}))),
      ...[1, 2, 3].map(() => apigateway.send(new GetApisCommand({}))),
      s3.send(new PutObjectCommand({ Bucket: "things", Key: "a b/ä", Body: Buffer.from([0, 255, 10, 13, 128]) })),
      sqs.send(new CreateQueueCommand({ QueueName: "letters" })),
    ]);
  }

  interface RecordedRequest {
    readonly environ: Readonly<Record<string, string>>;
    readonly status: string;
  }

  let made: Awaited<ReturnType<typeof contents>>;
  let recorded: RecordedRequest[];

  test("holds the requests that change something, in their order, and nothing after it has ended", async () => {
    const { endpoint, aws } = await start();
    await aws.sqs.send(new CreateQueueCommand({ QueueName: "earlier" }));
    expect((await fetch(endpoint + PATH, { method: "POST" })).status).toBe(200);
    await makeThings(aws);
    made = await contents(aws);
    recorded = (await (await fetch(endpoint + PATH)).json()) as RecordedRequest[];
    await aws.sqs.send(new CreateQueueCommand({ QueueName: "later" }));

    expect(recorded).toHaveLength(1 + 6 + 3 + 1 + 1);
    expect(recorded[0]?.environ).toMatchObject({ REQUEST_METHOD: "PUT", PATH_INFO: "/things/" });
    expect(new Set(recorded.map(({ status }) => status.slice(0, 3)))).toEqual(new Set(["200"]));
    expect(recorded.filter(({ environ }) => environ.REQUEST_METHOD === "GET")).toEqual([]);
    expect(await (await fetch(endpoint + PATH)).json()).toEqual([]);
  });

  test("brings another emulator into the same state, with the same ids", async () => {
    const { endpoint, aws } = await start();
    const { status } = await fetch(endpoint + PATH, { method: "PUT", body: JSON.stringify(recorded) });
    expect(status).toBe(200);
    const { queues, ...others } = await contents(aws);
    expect({ ...others, queues: ["/123456789012/earlier", ...queues] }).toEqual(made);
    expect(queues).toEqual(["/123456789012/letters"]);

    // What comes next has ids of its own.
    await aws.apigateway.send(new CreateApiCommand({ Name: "seven", ProtocolType: "HTTP" }));
    expect(new Set((await contents(aws)).apis.map((api) => api.split(" ")[0])).size).toBe(7);
  });

  test("is refused at the first request that is answered with another status", async () => {
    // The bucket is there already.
    const endpoint = emulators.at(-1)?.endpoint;
    const response = await fetch(endpoint + PATH, { method: "PUT", body: JSON.stringify(recorded) });
    const message = "PUT /things/ is answered 409 CONFLICT, not 200 OK";
    expect([response.status, await response.json()]).toEqual([409, { message }]);
  });
});
