import { randomUUID } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request as httpRequest, type IncomingHttpHeaders, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { FunctionConfiguration } from "@aws-sdk/client-lambda";
import { close, listen, serverUrl } from "../../commands/cli/server";
import { findPython } from "../../commands/emulator/python";
import { FunctionRuntime } from "../../commands/local-system/function/function-runtime";
import type { DeployedApi } from "../../commands/local-system/gateway/deployed-api";
import { type AnsweredRequest, HttpGateway, SERVER_OPTIONS } from "../../commands/local-system/gateway/http-gateway";
import { describeUnlessSkipped } from "../skip";

/** Answers with its event, unless the path says otherwise. */
const ECHO = `
import json, os, sys, time
def handler(event, context):
    path = event["rawPath"]
    if path.startswith("/gate/"):
        while not os.path.exists(os.environ["GATES"] + path):
            time.sleep(0.01)
    if path == "/slow":
        time.sleep(600)
    if path == "/nan":
        return float("nan")
    if path == "/fails":
        raise ValueError("secret details")
    if path == "/exits":
        sys.exit(3)
    if path == "/result":
        return json.loads(event["body"])
    if path == "/context":
        return {"id": context.aws_request_id, "name": context.function_name, "left": context.get_remaining_time_in_millis(),
                "memory": context.memory_limit_in_mb, "arn": context.invoked_function_arn, "given": os.environ["GIVEN"],
                "pid": os.getpid()}
    return event
`;

export const FUNCTION_ARN = "arn:aws:lambda:us-west-2:123456789012:function:echo";

export const INTEGRATION = {
  IntegrationId: "1",
  IntegrationUri: `arn:aws:apigateway:us-west-2:lambda:path/2015-03-31/functions/${FUNCTION_ARN}/invocations`,
  PayloadFormatVersion: "2.0",
};

export function route(RouteKey: string, more: object = {}) {
  return { RouteKey, Target: "integrations/1", ...more };
}

/** An API with one route to the function. */
export const DEPLOYED = {
  partition: "aws",
  accountId: "123456789012",
  region: "us-west-2",
  api: {
    Name: "echo",
    ProtocolType: "HTTP",
    RouteSelectionExpression: "$request.method $request.path",
    ApiId: "abc123",
    ApiEndpoint: "https://abc123.execute-api.us-west-2.amazonaws.com",
  },
  stage: {
    StageName: "$default",
    DefaultRouteSettings: { ThrottlingRateLimit: 1000, ThrottlingBurstLimit: 1000 },
    AccessLogSettings: {
      Format:
        '{"id":"$context.requestId","status":"$context.status","path":"$context.path","error":"$context.integrationErrorMessage"}',
    },
  },
  routes: [route("$default")],
  integrations: [INTEGRATION],
  authorizers: [],
} satisfies DeployedApi;

/** `describe`, where the machine has the Python that functions run with. */
export function describeWithPython(name: string, tests: () => void): void {
  describeUnlessSkipped("PYTHON_SKIP", name, tests);
}

/** What a client got. */
export interface Received {
  readonly status?: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** HTTP APIs in front of Python functions, of which the first echoes. */
export class EchoApi {
  /** Lines of the access log. */
  readonly logged: string[] = [];
  readonly functionLog: string[] = [];
  /** What is counted, and shown in the terminal. */
  readonly answered: AnsweredRequest[] = [];
  /** Failures of the gateway itself. */
  readonly failures: Error[] = [];
  private readonly servers: Server[] = [];
  private readonly runtimes: FunctionRuntime[] = [];

  private constructor(
    private readonly python: string,
    /** The function's code. */
    readonly folder: string,
  ) {}

  static async start(): Promise<EchoApi> {
    const python = await findPython();
    const folder = mkdtempSync(join(tmpdir(), "echo-api-"));
    writeFileSync(join(folder, "echo.py"), ECHO);
    mkdirSync(join(folder, "gate"));
    return new EchoApi(python, folder);
  }

  async stop(): Promise<void> {
    await Promise.all(this.runtimes.map((runtime) => runtime.stop()));
    await Promise.all(this.servers.map(close));
    rmSync(this.folder, { recursive: true });
  }

  /** The function; a runtime that is not asked for anything starts no process. */
  function(Handler = "echo.handler", more: { reservedConcurrency?: number } = {}): FunctionRuntime {
    const configuration: FunctionConfiguration = {
      FunctionName: "echo",
      FunctionArn: FUNCTION_ARN,
      Handler,
      Runtime: "python3.13",
      // Longer than any answer takes on a machine that is busy with something else.
      Timeout: 60,
      MemorySize: 256,
      Version: "$LATEST",
      Environment: { Variables: { GIVEN: "deployed", GATES: this.folder } },
    };
    const runtime = new FunctionRuntime(
      { configuration, codeFolder: this.folder, ...more },
      {
        python: this.python,
        folder: this.folder,
        awsEnvironment: { PATH: process.env.PATH, HOME: process.env.HOME },
        logStreamName: "stream",
        onLog: ({ raw }) => this.functionLog.push(raw),
      },
    );
    this.runtimes.push(runtime);
    return runtime;
  }

  /** Serves an API, of which `api` says what is not as in `DEPLOYED`; returns its URL. */
  async serve(
    runtime: FunctionRuntime,
    api: Partial<DeployedApi> = {},
    mayInvoke = (_sourceArn: string) => true,
  ): Promise<string> {
    const gateway = new HttpGateway({
      deployed: { ...DEPLOYED, ...api },
      functionArn: FUNCTION_ARN,
      mayInvoke,
      invoke: (event, { traceId }) => runtime.invoke(event, randomUUID(), traceId),
      onRequest: () => {},
      onAnswer: (answered) => {
        this.answered.push(answered);
        this.logged.push(answered.accessLog ?? "");
      },
      onError: (error) => this.failures.push(error),
    });
    const server = await listen(0, "--port", SERVER_OPTIONS);
    gateway.serve(server);
    this.servers.push(server);
    return serverUrl(server);
  }

  /** The last line of the access log. */
  lastLogged(): Readonly<Record<string, string>> {
    return JSON.parse(this.logged.at(-1) ?? "{}");
  }

  /** Lets the event at a path below `/gate/` go on. */
  openGate(path: string): void {
    writeFileSync(join(this.folder, path), "");
  }
}

/** Longer than anything takes on a machine that is busy with something else. */
const MAX_WAIT_MS = 100_000;

/** Waits for what another process does. Not forever: the end of jest would wait, too. */
export async function until(condition: () => boolean): Promise<void> {
  const started = Date.now();
  while (!condition()) {
    if (Date.now() - started > MAX_WAIT_MS) throw new Error(`This did not come true: ${condition}`);
    await setTimeout(10);
  }
}

/** Sends exactly these headers and this path, which `fetch` would change. */
export async function send(
  url: string,
  path: string,
  headers: Record<string, string | string[]> = {},
  body?: Buffer,
  method = "POST",
): Promise<Received> {
  const port = Number(new URL(url).port);
  return new Promise((done, fail) => {
    const request = httpRequest({ host: "127.0.0.1", port, path, method, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () =>
        done({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks).toString() }),
      );
    });
    request.on("error", fail);
    request.end(body);
  });
}
