import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import { SendMessageCommand } from "@aws-sdk/client-sqs";
import { TYPESCRIPT } from "@local/command-line/launcher/typescript";
import { run, startChild } from "@local/command-line/process/child-process";
import { connectAws } from "@local/terraform/aws";
import { describeE2e } from "../shared";

const START = [...TYPESCRIPT, "commands/start.ts"];

// Terraform starts the AWS provider several times, which takes long on busy cores.
jest.setTimeout(360_000);

describeE2e("npm start -- --terraform", () => {
  let folder: string;
  let patterns: string;
  const env = () => {
    const { AWS_ENDPOINT_URL: _, ...others } = process.env;
    return { ...others, TMPDIR: join(folder, "tmp"), INIT_CWD: patterns };
  };
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "plain-"));
    patterns = join(folder, "patterns");
    cpSync(join(__dirname, "..", "patterns"), patterns, { recursive: true });
    mkdirSync(join(folder, "tmp"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** Runs a pattern until the work is done, and then ends it with Ctrl-C. */
  async function running(args: readonly string[], work: (system: Running) => Promise<void>): Promise<void> {
    const ports = ["--port", "0", "--console-port", "0"];
    const child = startChild(process.execPath, [...START, "--terraform", ...args, ...ports], { env: env() });
    const ended = new Promise<number | null>((done) => child.once("close", done));
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        output += text;
      });
    }
    const shows = async (pattern: RegExp) => {
      for (;;) {
        const [, found = ""] = pattern.exec(output) ?? [];
        if (found) return found;
        if (child.exitCode !== null) throw new Error(output);
        await setTimeout(50);
      }
    };
    const endpoint = await shows(/AWS emulator: (\S+)/);
    // A folder may have no API.
    const api = await shows(/(?:The API answers at|There is no HTTP) (\S+)/);
    await work({ endpoint, api, shows });
    // The suite's last test comes after the emulator's end.
    const { violations } = (await (await fetch(`${endpoint}/_emulator/violations`)).json()) as { violations: string[] };
    expect(violations).toEqual([]);
    child.kill("SIGINT");
    expect(await ended).toBe(0);
    expect(readdirSync(join(folder, "tmp"))).toEqual([]);
  }

  test("serves an HTTP API of another account's folder, which stays untouched, and follows its file", async () => {
    const before = readdirSync(join(patterns, "http-api"));
    const begun = join(folder, "begun");
    let last: Promise<string> | undefined;
    await running(["http-api", "--var", "region=eu-west-1"], async ({ api, shows }) => {
      const greet = async () => (await fetch(`${api}/greeting/anna`)).text();
      expect(await greet()).toBe("hello anna");
      writeFileSync(join(patterns, "http-api", "greeting.py"), regional(begun));
      expect(await greet()).toBe("eu-west-1");
      await shows(/(greeting runs the saved code)/);
      last = fetch(`${api}/greeting/slow`).then((response) => response.text());
      while (!existsSync(begun)) await setTimeout(50);
    });
    // Ctrl-C ends the emulator after the request.
    expect(await last).toBe("arn:aws:sts::123456789012:user/moto");
    expect(readdirSync(join(patterns, "http-api"))).toEqual(before);
  });

  test("runs a queue's worker of a module, with code beside the folder", async () => {
    await running(["queue-worker/infra"], async ({ endpoint, shows }) => {
      const { sqs } = connectAws({ endpoint, region: "us-east-1" });
      const QueueUrl = await shows(/queue +(http\S+)/);
      await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "a" }));
      await shows(/(1 jobs)/);
    });
    // The module's archive is around the copy of its folder.
    expect(readdirSync(join(patterns, "queue-worker", "worker-module"))).toEqual(["main.tf"]);
  });

  test("gives a topic's message to a function in JSON's syntax", async () => {
    await running(["schedule"], async ({ endpoint, shows }) => {
      const credentials = { accessKeyId: "test", secretAccessKey: "test" };
      const sns = new SNSClient({ endpoint, region: "eu-central-1", credentials });
      await sns.send(new PublishCommand({ TopicArn: "arn:aws:sns:eu-central-1:123456789012:news", Message: "m" }));
      // A message has no id of a scheduled event.
      await shows(/(KeyError)/);
    });
  });

  test.each([
    [["http-api"], /^Error: A variable has no value: region\. Add --var region=<value>, or --var-file <file>\.$/m],
    [["none"], /^Error: --terraform is \S+none, which is no folder; name one with \.tf files\.$/m],
    [["http-api", "--var", "region"], /^Error: --var is region; use name=value\.$/m],
  ])("%j is refused with one line", async (args, message) => {
    const { exitCode, stderr } = await run(process.execPath, [...START, "--terraform", ...args, "--port", "0"], {
      env: env(),
    });
    expect([exitCode, stderr]).toEqual([1, expect.stringMatching(message)]);
  });
});

/** A function that answers with its Region, or slowly with what the emulator says. */
const regional = (begun: string) => `
import os, time, boto3
sts = boto3.client("sts")
def handler(event, context):
    if event["pathParameters"]["name"] != "slow":
        return {"statusCode": 200, "body": os.environ["AWS_REGION"]}
    open(${JSON.stringify(begun)}, "w").close()
    time.sleep(1)
    return {"statusCode": 200, "body": sts.get_caller_identity()["Arn"]}
`;

interface Running {
  readonly endpoint: string;
  readonly api: string;
  /** Waits for a line of the command. Returns the first group. */
  readonly shows: (pattern: RegExp) => Promise<string>;
}
