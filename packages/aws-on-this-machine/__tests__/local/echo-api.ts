import { request as httpRequest, type IncomingHttpHeaders, type Server } from "node:http";
import { setTimeout } from "node:timers/promises";
import { close, listen, serverUrl } from "@local/command-line/server";
import { describeUnlessSkipped } from "@local/command-line/testing/skip";
import type { Outcome } from "../../function/function-process";
import { InvokeError } from "../../function/invocation";
import { type AnsweredRequest, HttpGateway, type HttpGatewayProps, SERVER_OPTIONS } from "../../gateway/http-gateway";
import { LocalIssuer } from "../../gateway/tokens/local-issuer";
import type { DeployedApi } from "../../inventory/apis";

export const FUNCTION_ARN = "arn:aws:lambda:us-west-2:123456789012:function:echo";

export const INTEGRATION = {
  IntegrationId: "1",
  IntegrationType: "AWS_PROXY" as const,
  IntegrationUri: `arn:aws:apigateway:us-west-2:lambda:path/2015-03-31/functions/${FUNCTION_ARN}/invocations`,
  PayloadFormatVersion: "2.0",
};

export function route(RouteKey: string, more: object = {}) {
  return { RouteKey, Target: "integrations/1", ...more };
}

export const STAGE = {
  StageName: "$default",
  DefaultRouteSettings: { ThrottlingRateLimit: 1000, ThrottlingBurstLimit: 1000 },
  AccessLogSettings: {
    Format:
      '{"id":"$context.requestId","status":"$context.status","path":"$context.path","error":"$context.integrationErrorMessage"}',
  },
};

/** An API with one route to the function. */
export const DEPLOYED = {
  address: "aws_apigatewayv2_api.echo",
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
  stages: [STAGE],
  routes: [route("$default")],
  integrations: [INTEGRATION],
  authorizers: [],
} satisfies DeployedApi;

/** `describe`, where the machine has the Python that functions run with. */
export function describeWithPython(name: string, tests: () => void): void {
  describeUnlessSkipped("PYTHON_SKIP", name, tests);
}

/** An answer, as a client got it. */
export interface Received {
  readonly status?: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Longer than the integration's time in the test of that. */
const LATE_MS = 500;

/** HTTP APIs in front of a function in this process, which answers with its event, unless the path says otherwise. */
export class EchoApi {
  /** Lines of the access log. */
  readonly logged: string[] = [];
  /** What is counted, and shown in the terminal. */
  readonly answered: AnsweredRequest[] = [];
  /** Failures of the gateway itself. */
  readonly failures: Error[] = [];
  protected readonly servers: Server[] = [];

  async stop(): Promise<void> {
    await Promise.all(this.servers.map(close));
    expect(this.failures).toEqual([]);
  }

  readonly localIssuer = new LocalIssuer();

  /** Serves an API, of which `api` says what is not as in `DEPLOYED`; returns its URL. */
  async serve(
    api: Partial<DeployedApi> = {},
    mayInvoke = (_sourceArn: string) => true,
    hasTimeLimit = true,
  ): Promise<string> {
    const server = await listen(0, "--port", SERVER_OPTIONS);
    new HttpGateway({
      deployed: { ...DEPLOYED, ...api },
      hasTimeLimit,
      callService: this.callService,
      localIssuer: this.localIssuer,
      findFunction: (arn) => {
        if (arn !== FUNCTION_ARN) return undefined;
        return {
          mayBeInvokedBy: (_service, sourceArn) => mayInvoke(sourceArn),
          invoke: (event, { requestId }) => this.invoke(event, requestId),
          authorize: (event) => this.authorize(event),
        };
      },
      onRequest: () => {},
      onAnswer: (answered) => {
        this.answered.push(answered);
        this.logged.push(answered.accessLog ?? "");
      },
      onError: (error) => this.failures.push(error),
    }).serve(server);
    this.servers.push(server);
    return serverUrl(server);
  }

  /** The last line of the access log. */
  lastLogged(): Readonly<Record<string, string>> {
    return JSON.parse(this.logged.at(-1) ?? "{}");
  }

  callService: HttpGatewayProps["callService"];

  /** The result of an authorizer's function for an event. */
  authorize: (event: string) => Promise<{ readonly isError: boolean; readonly payload: string }> = async () => {
    throw new Error("There is no authorizer.");
  };

  protected async invoke(event: string, _requestId: string): Promise<Outcome> {
    const { version, path, body, ...of2 } = JSON.parse(event);
    const rawPath = version === "1.0" ? path : of2.rawPath;
    if (rawPath.startsWith("/refused/")) throw new InvokeError(rawPath.split("/").at(-1), "refused");
    if (rawPath === "/late") await setTimeout(LATE_MS);
    const isError = rawPath === "/fails";
    const error = '{"errorType": "ValueError", "errorMessage": "secret details"}';
    const payloads: Record<string, string> = { "/nan": "NaN", "/fails": error, "/result": body };
    const echoed = version === "1.0" ? JSON.stringify({ statusCode: 200, body: event }) : event;
    return { payload: payloads[rawPath] ?? echoed, isError };
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

export function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
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
