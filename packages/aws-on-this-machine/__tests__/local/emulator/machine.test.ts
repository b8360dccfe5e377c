import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { CreateApiCommand } from "@aws-sdk/client-apigatewayv2";
import { CreateTableCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { CreateBucketCommand } from "@aws-sdk/client-s3";
import { run } from "@local/command-line/process/child-process";
import { connectAws } from "@local/terraform/aws";
import { startEmulator } from "../../../emulator/emulator";
import { findPython } from "../../../emulator/python";
import { describeWithPython } from "../echo-api";

/** Variables of other machines. Each of them alone broke a start, or leads elsewhere. */
const OTHERS = {
  AWS_PROFILE: "none",
  AWS_CONFIG_FILE: "/no/such/file",
  AWS_USE_FIPS_ENDPOINT: "true",
  AWS_USE_DUALSTACK_ENDPOINT: "true",
  AWS_ENDPOINT_URL_S3: "http://127.0.0.1:1",
  AWS_MAX_ATTEMPTS: "many",
  AWS_RETRY_MODE: "nonsense",
  HTTP_PROXY: "http://127.0.0.1:1",
  HTTPS_PROXY: "http://127.0.0.1:1",
  ALL_PROXY: "http://127.0.0.1:1",
  PYTHONPATH: "",
  PYTHONSTARTUP: "/no/such/file",
};

/** Prints by how many seconds a queue's hidden message and its visible one are postponed: awake, and after ten minutes. */
const SLEEP = `
import time
from moto.sqs.models import Message, sqs_backends
from serving.sleeps import Sleeps

now = time.time
queue = sqs_backends["123456789012"]["us-west-2"].create_queue("orders")
queue._messages = [Message("hidden", ""), Message("visible", "")]
start = [1000 * (now() + seconds) for seconds in (20, -1)]
for message, visible_at in zip(queue._messages, start):
    message.visible_at = visible_at
sleeps = Sleeps(lambda *_: print([round((m.visible_at - at) / 1000) for m, at in zip(queue._messages, start)]))
sleeps({}, None)
time.time = lambda: now() + 600
sleeps({}, None)
sleeps({}, None)
`;

describeWithPython("the AWS emulator on another machine", () => {
  const before = { ...process.env };
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "machine-"));
  });
  afterEach(() => {
    process.env = { ...before };
    rmSync(folder, { recursive: true });
  });

  test("uses nothing of the user's settings for AWS, Python and proxies, and neither do its clients; its stop is no failure", async () => {
    // It would break any Python that reads this folder.
    writeFileSync(join(folder, "json.py"), "raise Exception('of another project')");
    Object.assign(process.env, OTHERS, { PYTHONPATH: folder });
    const failures: string[] = [];
    const { endpoint, stop } = await startEmulator(await findPython(), join(folder, "emulator.log"), {
      onFailure: (failure) => failures.push(failure),
      onEnd: (reason) => failures.push(reason),
    });
    const { apigateway, dynamodb, s3 } = connectAws({ endpoint, region: "us-west-2" });
    await apigateway.send(new CreateApiCommand({ Name: "orders", ProtocolType: "HTTP" }));
    const location = { LocationConstraint: "us-west-2" } as const;
    await s3.send(new CreateBucketCommand({ Bucket: "orders", CreateBucketConfiguration: location }));
    await dynamodb.send(
      new CreateTableCommand({
        TableName: "orders",
        BillingMode: "PAY_PER_REQUEST",
        KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
        AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
      }),
    );
    await dynamodb.send(new PutItemCommand({ TableName: "orders", Item: { id: { S: "1" } } }));
    await stop();
    expect(failures).toEqual([]);
  });

  test("tells why it ended", async () => {
    const [python, pid, log] = ["python", "pid", "emulator.log"].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    writeFileSync(python, `#!/bin/sh\necho $$ > ${pid}\nexec '${await findPython()}' "$@"\n`);
    chmodSync(python, 0o755);
    const kill = ({ endpoint }: { endpoint: string }) =>
      fetch(`${endpoint}/favicon.ico`).then(() => process.kill(Number(readFileSync(pid, "utf8")), "SIGKILL"));
    const reason = new Promise<string>((onEnd) => void startEmulator(python, log, { onEnd }).then(kill));
    expect(await reason).toMatch(
      /^The AWS emulator was ended by SIGKILL, as by a system that runs out of memory; free some, and run the command again\. The deployment is gone\. The emulator's last log line: .*GET \/favicon.ico/,
    );
  });

  test("lets no visibility timeout pass while the machine sleeps", async () => {
    const env = { ...process.env, PYTHONPATH: resolve("packages/aws-on-this-machine/emulator") };
    const { stdout, stderr } = await run(await findPython(), ["-B", "-c", SLEEP], { env });
    expect([stdout.trim().split("\n"), stderr]).toEqual([["[0, 0]", "[600, 0]", "[600, 0]"], ""]);
  });
});
