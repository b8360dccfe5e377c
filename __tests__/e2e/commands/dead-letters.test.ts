/** @sequential Each test goes on from the one before it. */
import { rmSync } from "node:fs";
import { dirname } from "node:path";
import { CreateQueueCommand, DeleteQueueCommand, ReceiveMessageCommand, SendMessageCommand } from "@aws-sdk/client-sqs";
import { PROJECT_FOLDER } from "@local/command-line/project";
import { type Aws, connectAws } from "@local/terraform/aws";
import { AwsProxy, type AwsRequest } from "../aws-proxy";
import { Checkout, expectFailure } from "../checkout";
import { describeE2e, sharedRun } from "../shared";

const ENVIRONMENT = "broken";
const INVOKE = `POST /2015-03-31/functions/RequestProcessorFunction-${ENVIRONMENT}/invocations`;

/** More than SQS hands out at once. */
const FAILED = Array.from({ length: 22 }, (_each, index) => `{"order": ${index}, "total": 1.50}`);
const UNDELIVERED = '{"id": "6c1f", "source": "aws.events", "detail-type": "Scheduled Event", "detail": {}}';

jest.mock("@local/command-line/project", () => jest.requireActual("./checkout-project"));
jest.mock("@local/command-line/process/run-folder", () => jest.requireActual("./checkout-project"));

describeE2e("npm run dead-letters", () => {
  let folder: string;
  let proxy: AwsProxy;
  let aws: Aws;
  let checkout: Checkout;
  let QueueUrl: string | undefined;

  beforeAll(async () => {
    folder = dirname(PROJECT_FOLDER);
    proxy = await AwsProxy.start(sharedRun().endpoint);
    aws = connectAws({ endpoint: sharedRun().endpoint, region: "us-west-2" });
    checkout = new Checkout(PROJECT_FOLDER, proxy.endpoint, ENVIRONMENT);
    checkout.edit("cdktf.json", '"production": {}', `"production": {}, "${ENVIRONMENT}": {}`);
  });
  afterAll(async () => {
    if (QueueUrl) await aws.sqs.send(new DeleteQueueCommand({ QueueUrl }));
    await proxy?.stop();
    rmSync(folder, { recursive: true });
  });

  /** Answers invocations as Lambda does, and notes their events. The emulator's Lambda would run Docker. */
  function recordEvents(accepted = Number.POSITIVE_INFINITY): AwsRequest[] {
    const requests: AwsRequest[] = [];
    proxy.before = (request) => {
      if (request.operation !== INVOKE) return undefined;
      if (requests.length >= accepted)
        return {
          status: 404,
          headers: { "x-amzn-errortype": "ResourceNotFoundException" },
          body: '{"Message":"gone"}',
        };
      requests.push(request);
      return { status: 202, body: "" };
    };
    return requests;
  }

  /** Everybody's next look at the queue: none of its messages may be hidden. */
  async function look(): Promise<string[]> {
    const bodies = new Set<string>();
    for (;;) {
      const page = await aws.sqs.send(
        new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 2 }),
      );
      const { Messages = [] } = page;
      if (Messages.length === 0) break;
      for (const { Body = "" } of Messages) bodies.add(Body);
    }
    await new Promise((done) => setTimeout(done, 2_100));
    return [...bodies];
  }

  test("says in a line that there is no queue", async () => {
    expectFailure(
      await checkout.run("dead-letters"),
      `There is no queue RequestProcessorDeadLetters-${ENVIRONMENT}; is this environment deployed, and to this account and Region?`,
    );
  });

  test("lists them all with their errors, and hides none from others", async () => {
    ({ QueueUrl } = await aws.sqs.send(
      new CreateQueueCommand({ QueueName: `RequestProcessorDeadLetters-${ENVIRONMENT}` }),
    ));
    for (const payload of FAILED) {
      const requestContext = { requestId: "b2a3", condition: "RetriesExhausted", approximateInvokeCount: 3 };
      const responsePayload = { errorType: "Boom", errorMessage: "it broke" };
      const text = JSON.stringify({ requestContext, requestPayload: "PAYLOAD", responsePayload });
      await aws.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: text.replace('"PAYLOAD"', payload) }));
    }
    const attribute = (StringValue: string) => ({ DataType: "String", StringValue });
    await aws.sqs.send(
      new SendMessageCommand({
        QueueUrl,
        MessageBody: UNDELIVERED,
        MessageAttributes: { ERROR_CODE: attribute("NO_PERMISSIONS"), ERROR_MESSAGE: attribute("not allowed") },
      }),
    );
    await aws.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "hello" }));

    const { exitCode, stdout, stderr } = await checkout.runInProcess({}, "dead-letters");
    const lines = stdout.trimEnd().split("\n");
    expect([exitCode, lines.length]).toEqual([0, 24]);
    expect(lines.filter((line) => line.endsWith("  RetriesExhausted after 3 attempts: Boom: it broke"))).toHaveLength(
      22,
    );
    expect(stdout).toMatch(/ UTC {2}0 min {3}Scheduled Event 6c1f {2}NO_PERMISSIONS: not allowed\n/);
    expect(stdout).toMatch(/ {2}message {2}hello\n/);
    expect(stderr).toContain(
      `✔ Queue RequestProcessorDeadLetters-${ENVIRONMENT}: on the emulator at ${proxy.endpoint}, account 123456789012 `,
    );
    expect(await look()).toHaveLength(24);
  });

  test("lists fewer where that is asked for, and as JSON", async () => {
    const few = await checkout.runInProcess({}, "dead-letters", "--limit", "3");
    expect(few.stdout.trimEnd().split("\n")).toEqual([
      ...Array(3).fill(expect.stringContaining(" UTC ")),
      "… of about 24; --limit 24 shows all.",
    ]);
    const json = JSON.parse((await checkout.runInProcess({}, "dead-letters", "--json")).stdout) as { event?: string }[];
    expect(json.flatMap(({ event }) => event ?? []).sort()).toEqual([...FAILED, UNDELIVERED].sort());
  });

  test("keeps what Lambda does not accept", async () => {
    const requests = recordEvents(5);
    expectFailure(
      await checkout.runInProcess({}, "dead-letters", "--put-back"),
      /^.+ is not accepted: ResourceNotFoundException: gone\. 5 messages were put back before it; all others are still in the queue\.$/,
    );
    expect(requests).toHaveLength(5);
    const left = await look();
    expect(left).toHaveLength(19);
    for (const { body } of requests) expect(left.some((message) => message.includes(body))).toBe(false);
  });

  test("puts back every event as it was, once and asynchronously, and leaves what is no event", async () => {
    const before = (await look()).filter((body) => body !== "hello");
    const requests = recordEvents();
    const { exitCode, stdout } = await checkout.runInProcess({}, "dead-letters", "--put-back");
    expect([exitCode, stdout]).toEqual([
      0,
      `Put back 18 messages to RequestProcessorFunction-${ENVIRONMENT}.\n1 message of no known function or queue cannot be put back.\n`,
    ]);
    expect(requests.map(({ headers }) => headers["x-amz-invocation-type"])).toEqual(Array(18).fill("Event"));
    const events = requests.map(({ body }) => body);
    expect(new Set(events).size).toBe(18);
    for (const event of events) expect(before.some((message) => message.includes(event))).toBe(true);
    expect(await look()).toEqual(["hello"]);
  });

  test("where there are none, says so", async () => {
    await aws.sqs.send(new DeleteQueueCommand({ QueueUrl }));
    await aws.sqs.send(new CreateQueueCommand({ QueueName: `RequestProcessorDeadLetters-${ENVIRONMENT}` }));
    expect((await checkout.runInProcess({}, "dead-letters")).stdout).toBe("No dead letters.\n");
    expectFailure(
      await checkout.runInProcess({}, "dead-letters", "--limit", "0"),
      "--limit is 0; use a whole number from 1.",
    );
  });
});
