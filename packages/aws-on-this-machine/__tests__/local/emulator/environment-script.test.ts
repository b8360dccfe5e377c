import { accessSync, constants, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { Server } from "node:http";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { run } from "@local/command-line/process/child-process";
import { close, listen, serverUrl } from "@local/command-line/server";
import { emulatorEnvironment, writeEnvironmentScript } from "@local/terraform/environment";
import { findPython } from "../../../emulator/python";
import { describeWithPython } from "../echo-api";

/** The services of which a deployment has resources, and one whose endpoint AWS CLI 1 chooses as it does that of SQS. */
const SERVICES = [
  ...["apigatewayv2", "application-autoscaling", "cloudwatch", "dynamodb", "events", "firehose", "iam", "kms"],
  ...["lambda", "logs", "rds", "s3", "sns", "sqs", "sts"],
];

/** Sends a request to each service in the arguments, such as `sqs` or `sqs.SendMessage`, and prints for which service it is signed. */
const SEND = `
import sys, botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

# The answer is always an error, so that a request needs no parameters.
config = Config(parameter_validation=False, retries={"max_attempts": 0})
session = botocore.session.get_session()
for argument in sys.argv[1:]:
    name, _, operation = argument.partition(".")
    client = session.create_client(name, config=config)
    model = client.meta.service_model
    operations = map(model.operation_model, model.operation_names)
    operation = operation or next(each.name for each in operations if "{" not in each.http["requestUri"])
    print(model.signing_name, flush=True)
    try:
        client._make_api_call(operation, {})
    except (ClientError, ResponseParserError):
        pass
`;

const hasAwsCli = (process.env.PATH ?? "").split(delimiter).some((folder) => {
  try {
    accessSync(join(folder, "aws"), constants.X_OK);
    return true;
  } catch {
    return false;
  }
});

describeWithPython("a terminal that has sourced environment.sh", () => {
  let folder: string;
  let emulator: Server;
  /** Stands for the way to everything else than the loopback. */
  let proxy: Server;
  let arrived: string[];
  let left: string[];
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "it's a script-"));
    [arrived, left] = [[], []];
    emulator = (await listen(0, "")).on("request", ({ headers }, response) => {
      arrived.push(
        /^\S+ Credential=test\/\d+\/us-west-2\/([^/]+)/.exec(headers.authorization ?? "")?.[1] ?? "unsigned",
      );
      response.writeHead(400).end();
    });
    proxy = (await listen(0, ""))
      .on("request", ({ url = "" }, response) => {
        left.push(url);
        response.writeHead(400).end();
      })
      .on("connect", ({ url = "" }, socket) => {
        left.push(url);
        socket.end("HTTP/1.1 400 Bad Request\r\n\r\n");
      });
    mkdirSync(join(folder, ".aws"));
    writeFileSync(
      join(folder, ".aws", "config"),
      "[default]\nregion = eu-west-1\nignore_configured_endpoint_urls = true\n",
    );
    const Region = { AWS_REGION: "us-west-2", AWS_DEFAULT_REGION: "us-west-2" };
    const environment = { ...emulatorEnvironment(serverUrl(emulator)), ...Region };
    writeEnvironmentScript(join(folder, "environment.sh"), environment);
  });
  afterEach(async () => {
    await Promise.all([close(emulator), close(proxy)]);
    rmSync(folder, { recursive: true });
  });

  /** Runs a program there, where what the user has set before would lead to AWS. */
  async function runThere(command: string[], path = process.env.PATH) {
    const services = SERVICES.map((name) => `AWS_ENDPOINT_URL_${name.toUpperCase().replaceAll("-", "_")}`);
    const proxies = ["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"];
    const env = {
      PATH: path,
      HOME: folder,
      NO_PROXY: "example.com",
      AWS_PROFILE: "production",
      AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "true",
      AWS_USE_FIPS_ENDPOINT: "true",
      AWS_USE_DUALSTACK_ENDPOINT: "true",
      AWS_CA_BUNDLE: join(folder, "missing.pem"),
      ...Object.fromEntries(services.map((name) => [name, "https://aws.example.com"])),
      ...Object.fromEntries(proxies.map((name) => [name, serverUrl(proxy)])),
    };
    // `env` stands for what a script or make starts.
    return run("/bin/sh", ["-c", '. "$0" && exec env "$@"', join(folder, "environment.sh"), ...command], { env });
  }

  test("sends the requests of boto3 for every service to the emulator", async () => {
    // Its model has a prefix of the host.
    const requests = [...SERVICES, "stepfunctions.StartSyncExecution"];
    const { stdout, stderr } = await runThere([await findPython(), "-c", SEND, ...requests]);
    expect(stderr).toBe("");
    const signedFor = stdout.trimEnd().split("\n");
    expect(signedFor).toHaveLength(requests.length);
    expect({ arrived, left }).toEqual({ arrived: signedFor, left: [] });
  });

  test("gives the AWS CLI its option for the endpoint, and leaves its PATH as it was", async () => {
    const bin = join(folder, "an aws");
    mkdirSync(bin);
    writeFileSync(join(bin, "aws"), '#!/bin/sh\necho "$PATH"\nprintf "<%s>" "$@"\nexit 7\n', { mode: 0o755 });
    const path = `${bin}:/usr/bin:/bin`;
    expect(await runThere(["aws", "sqs", "list-queues", "--query", "a b"], path)).toEqual({
      exitCode: 7,
      stdout: `${path}\n<--endpoint-url=${serverUrl(emulator)}><sqs><list-queues><--query><a b>`,
      stderr: "",
    });
    const again = await runThere(["sh", "-c", '. "$HOME/environment.sh"; unset AWS_ENDPOINT_URL; aws sts'], path);
    expect(again.stdout).toBe(`${path}\n<sts>`);
    const byPath = await runThere(["sh", "-c", 'cd "$HOME" && bin/aws sts'], path);
    expect(byPath.stdout).toBe(`${path}\n<--endpoint-url=${serverUrl(emulator)}><sts>`);
  });

  test.each([
    ["aws", "BIN"],
    ["aws", "BIN:BIN:/nowhere:BIN"],
    ["BIN/aws", "/nowhere"],
  ])("says once that there is no AWS CLI, for %s with the PATH %s", async (command, path) => {
    const [name = "", there = ""] = [command, path].map((text) => text.replaceAll("BIN", join(folder, "bin")));
    expect(await runThere(["/bin/sh", "-c", 'PATH=$0; exec "$1" sts', there, name])).toEqual({
      exitCode: 127,
      stdout: "",
      stderr: "aws: the AWS CLI is not on the PATH; install it, or add its folder.\n",
    });
  });

  // No package of the tests brings an AWS CLI. The test above needs none.
  (hasAwsCli ? test : test.skip)("sends the requests of the machine's AWS CLI to the emulator", async () => {
    for (const command of [
      ["sqs", "list-queues"],
      ["rds", "describe-db-instances"],
      ["sts", "get-caller-identity"],
    ]) {
      await runThere(["aws", ...command]);
    }
    expect({ arrived, left }).toEqual({ arrived: ["sqs", "rds", "sts"], left: [] });
  });
});
