import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateQueueCommand, ListQueuesCommand, ReceiveMessageCommand, SendMessageCommand } from "@aws-sdk/client-sqs";
import { connectAws } from "@local/terraform/aws";
import { type Emulator, startEmulator } from "../../../emulator/emulator";
import { findPython } from "../../../emulator/python";
import { describeWithPython } from "../echo-api";

const CLIENTS = 16;
const PARAMETERS = 160;

/** Lets Python change threads as often as it can, so that a race that takes thousands of requests shows in hundreds. */
const HASTY = `import os, runpy, sys
sys.setswitchinterval(1e-5)
sys.path.insert(0, os.path.dirname(sys.argv[2]))
runpy.run_path(sys.argv[2], run_name="__main__")`;

describeWithPython("concurrent requests to the emulator", () => {
  let folder: string;
  let emulator: Emulator;
  let failures: string[];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "concurrency-"));
    const python = join(folder, "python");
    writeFileSync(python, `#!/bin/sh\nexec '${await findPython()}' -c '${HASTY}' "$@"\n`);
    chmodSync(python, 0o755);
    emulator = await startEmulator(python, join(folder, "emulator.log"), {
      onFailure: (failure) => failures.push(failure),
    });
  });
  beforeEach(() => {
    failures = [];
  });
  afterAll(async () => {
    await emulator?.stop();
    rmSync(folder, { recursive: true });
  });

  async function call(operation: string, body: object, more: Record<string, string> = {}): Promise<number> {
    const headers = {
      ...more,
      authorization:
        "AWS4-HMAC-SHA256 Credential=test/20260101/us-west-2/ssm/aws4_request, SignedHeaders=host, Signature=0",
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": `AmazonSSM.${operation}`,
    };
    return (await fetch(emulator.endpoint, { method: "POST", headers, body: JSON.stringify(body) })).status;
  }

  test("a repeated request has the answer that got lost, and another request its own", async () => {
    const attempt = (id: string, number: number) => ({
      "amz-sdk-invocation-id": id,
      "amz-sdk-request": `attempt=${number}; max=3`,
    });
    const put = (id: string, number: number) =>
      call("PutParameter", { Name: "once", Value: "1", Type: "String" }, attempt(id, number));
    expect([await put("a", 1), await put("a", 2), await put("a", 1), await put("b", 2)]).toEqual([200, 200, 400, 400]);
  });

  test("all succeed, although moto iterates over what other requests change", async () => {
    const put = (name: number) => ["PutParameter", { Name: `p${name}`, Value: "1", Type: "String" }] as const;
    const ParameterFilters = [{ Key: "Name", Option: "Contains", Values: ["no such name"] }];
    const statuses = new Set<number>();
    const client = async (_: unknown, number: number) => {
      for (let name = number; name < PARAMETERS; name += CLIENTS) {
        statuses.add(await call(...put(name)));
        statuses.add(await call("DescribeParameters", { ParameterFilters }));
      }
    };
    await Promise.all(Array.from({ length: CLIENTS }, client));
    expect({ statuses, failures }).toEqual({ statuses: new Set([200]), failures: [] });
  });

  test("a long poll gets the message that another request sends meanwhile", async () => {
    const { sqs } = connectAws({ endpoint: emulator.endpoint, region: "us-west-2" });
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: "letters" }));
    const polls = [1, 2].map(() => sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 })));
    // Both polls wait by then, or they find the messages at once: either is right.
    for (const MessageBody of ["one", "two"]) await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
    const received = (await Promise.all(polls)).flatMap(({ Messages = [] }) => Messages.map(({ Body }) => Body));
    expect(received.sort()).toEqual(["one", "two"]);
  });

  test("one whose body does not come does not keep out others", async () => {
    const { sqs } = connectAws({ endpoint: emulator.endpoint, region: "us-west-2" });
    const slow = request(`${emulator.endpoint}/moto-api/reset`, { method: "POST", headers: { "content-length": 10 } });
    slow.once("error", () => {});
    await new Promise<void>((done) => slow.write("{", () => done()));
    expect(await sqs.send(new ListQueuesCommand({}))).toBeDefined();
    slow.destroy();
  });
});
