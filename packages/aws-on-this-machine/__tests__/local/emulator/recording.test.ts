/** @sequential After a failed test, nothing is recorded. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateApiCommand, GetApisCommand } from "@aws-sdk/client-apigatewayv2";
import { CreateKeyCommand, ListKeysCommand } from "@aws-sdk/client-kms";
import { CreateHostedZoneCommand, ListHostedZonesCommand } from "@aws-sdk/client-route-53";
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

  /** Has all requests name Terraform, as those of its AWS provider do. */
  function asTerraform({ apigateway, kms, s3, sqs }: Aws): void {
    // biome-ignore lint/suspicious/noExplicitAny: each client has types of its own for it
    const rename = (next: any) => (args: any) => {
      args.request.headers["user-agent"] = "APN/1.0 HashiCorp/1.0 Terraform/1.11.4";
      return next(args);
    };
    // biome-ignore lint/suspicious/noExplicitAny: as above
    const clients: readonly { readonly middlewareStack: any }[] = [apigateway, kms, s3, sqs];
    for (const { middlewareStack } of clients) middlewareStack.add(rename, { step: "finalizeRequest" });
  }

  /** The ids that the emulator made up, and what it keeps. */
  async function contents({ apigateway, kms, route53, s3, sqs }: Aws) {
    const { Items: apis = [] } = await apigateway.send(new GetApisCommand({}));
    const { Keys: keys = [] } = await kms.send(new ListKeysCommand({}));
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: "things", Key: "a b/ä" }));
    const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({}));
    const { HostedZones: zones = [] } = await route53.send(new ListHostedZonesCommand({}));
    return {
      zones: zones.map(({ Id, Name }) => `${Id} ${Name}`),
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

  test("holds the zones and Terraform's requests that change something, in their order, from its start on", async () => {
    const { endpoint, aws } = await start();
    const others = connectAws({ endpoint, region: "us-west-2" });
    asTerraform(aws);
    await aws.sqs.send(new CreateQueueCommand({ QueueName: "earlier" }));
    expect((await fetch(endpoint + PATH, { method: "POST" })).status).toBe(200);
    const read = async () => (await (await fetch(endpoint + PATH)).json()) as RecordedRequest[];
    await makeThings(aws);
    expect(await read()).toHaveLength(1 + 6 + 3 + 1 + 1);
    await others.sqs.send(new CreateQueueCommand({ QueueName: "of-a-function" }));
    await others.route53.send(new CreateHostedZoneCommand({ Name: "example.com", CallerReference: "example.com" }));
    await aws.apigateway.send(new CreateApiCommand({ Name: "saved", ProtocolType: "HTTP" }));
    made = await contents(aws);
    recorded = await read();

    expect(recorded).toHaveLength(1 + 6 + 3 + 1 + 1 + 1 + 1);
    expect(made.zones).toEqual([expect.stringMatching(/^\/hostedzone\/Z\w+ example\.com\.$/)]);
    expect(recorded[0]?.environ).toMatchObject({ REQUEST_METHOD: "PUT", PATH_INFO: "/things/" });
    expect(new Set(recorded.map(({ status }) => status.slice(0, 3)))).toEqual(new Set(["200", "201"]));
    expect(recorded.filter(({ environ }) => environ.REQUEST_METHOD === "GET")).toEqual([]);
  });

  test("brings another emulator into the same state, with the same ids, and goes on there", async () => {
    const { endpoint, aws } = await start();
    const { status } = await fetch(endpoint + PATH, { method: "PUT", body: JSON.stringify(recorded) });
    expect(status).toBe(200);
    const { queues, ...others } = await contents(aws);
    const account = "/123456789012";
    expect({ ...others, queues: [`${account}/earlier`, ...queues, `${account}/of-a-function`] }).toEqual(made);
    expect(queues).toEqual([`${account}/letters`]);

    // What comes next has ids of its own.
    await aws.apigateway.send(new CreateApiCommand({ Name: "another", ProtocolType: "HTTP" }));
    asTerraform(aws);
    await aws.apigateway.send(new CreateApiCommand({ Name: "followed", ProtocolType: "HTTP" }));
    expect(new Set((await contents(aws)).apis.map((api) => api.split(" ")[0])).size).toBe(9);
    expect(await (await fetch(endpoint + PATH)).json()).toHaveLength(recorded.length + 1);
  });

  test("is refused at the first request that is answered with another status", async () => {
    // The bucket is there already.
    const endpoint = emulators.at(-1)?.endpoint;
    const response = await fetch(endpoint + PATH, { method: "PUT", body: JSON.stringify(recorded) });
    const message = "PUT /things/ is answered 409 CONFLICT, not 200 OK";
    expect([response.status, await response.json()]).toEqual([409, { message }]);
  });
});
