import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Api, Authorizer, Integration, Route, RouteSettings, Stage } from "@aws-sdk/client-apigatewayv2";
import { readBody } from "../../cli/server";
import { describeError, type Outcome } from "../function/function-process";
import { InvokeError } from "../function/function-runtime";
import { formatAccessLog } from "./access-log";
import { corsHeaders, isPreflight, preflightHeaders } from "./cors";
import { type HttpResponse, readFunctionResponse } from "./function-response";
import { JwtAuthorizer } from "./jwt-authorizer";
import { type ApiRequest, formatTime, makeEvent, readRequest } from "./request-event";
import { matchRoute, type RouteMatch } from "./route";
import { TokenBucket } from "./token-bucket";

/** HTTP APIs' limits: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html */
const MAX_BODY_BYTES = 10 * 1024 * 1024;
const INTEGRATION_TIMEOUT_MS = 30_000;
const ACCOUNT_THROTTLE = { rate: 10_000, burst: 5_000 };

/** The header limit of HTTP APIs; to be given to the server, which answers 431 above it. */
export const MAX_HEADER_BYTES = 10_240;

/** What a function may not say: the API's server decides it. */
const CONNECTION_HEADERS = new Set([
  "connection",
  "content-length",
  "keep-alive",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** An HTTP API as it is deployed. */
export interface DeployedApi {
  readonly accountId: string;
  readonly region: string;
  readonly api: Api;
  /** The stage `$default`; without it the API answers nothing but 404. */
  readonly stage?: Stage;
  readonly routes: readonly Route[];
  readonly integrations: readonly Integration[];
  readonly authorizers: readonly Authorizer[];
}

/** A request that was answered. */
export interface AnsweredRequest {
  readonly request: ApiRequest;
  readonly status: number;
  readonly latencyMs: number;
}

export interface HttpGatewayProps {
  readonly deployed: DeployedApi;
  /** ARN of the function that runs here. */
  readonly functionArn: string;
  /** Whether the function's policy lets the API invoke it for a route, which is given by its ARN. */
  readonly mayInvoke: (sourceArn: string) => boolean;
  readonly invoke: (event: string, requestId: string, traceId: string) => Promise<Outcome>;
  readonly onAccessLog: (line: string) => void;
  readonly onAnswer: (answered: AnsweredRequest) => void;
  /** Called with a failure of this program, which the client sees as 500. */
  readonly onError: (error: Error) => void;
}

/** An answer, and what the access log says of how it came about. */
interface Answer extends HttpResponse {
  readonly log?: Readonly<Record<string, string | number | undefined>>;
}

/** An HTTP API of API Gateway: answers requests by what is deployed. */
export class HttpGateway {
  private readonly authorizers: ReadonlyMap<string | undefined, JwtAuthorizer>;
  private readonly throttle: TokenBucket;
  private readonly routeThrottles: ReadonlyMap<string, TokenBucket>;

  constructor(private readonly props: HttpGatewayProps) {
    const { authorizers, stage } = props.deployed;
    this.authorizers = new Map(
      authorizers
        .filter(({ AuthorizerType }) => AuthorizerType === "JWT")
        .map((each) => [each.AuthorizerId, new JwtAuthorizer(each)]),
    );
    this.throttle = makeThrottle(stage?.DefaultRouteSettings);
    const routeSettings = Object.entries(stage?.RouteSettings ?? {});
    this.routeThrottles = new Map(routeSettings.map(([routeKey, settings]) => [routeKey, makeThrottle(settings)]));
  }

  /** Answers one request. */
  readonly handle = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    try {
      await this.handleOrThrow(message, response);
    } catch (error) {
      this.props.onError(error as Error);
      if (response.headersSent) response.destroy();
      else response.writeHead(500, { "content-type": "application/json" }).end(ownAnswer(500).body);
    }
  };

  private async handleOrThrow(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const started = performance.now();
    const { stage, routes, api } = this.props.deployed;
    const request = readRequest(message, Date.now());
    const match = stage && matchRoute(routes, request.method, request.path);
    const body = await readBody(message, MAX_BODY_BYTES);
    if (body === "incomplete") return;
    const answer = body === "too large" ? ownAnswer(413) : await this.answer(request, body, match);

    const hasBody = answer.status !== 204 && answer.status !== 304;
    response.writeHead(answer.status, {
      ...answer.headers,
      ...(api.CorsConfiguration ? corsHeaders(api.CorsConfiguration, request.headers.origin) : {}),
      "apigw-requestid": request.requestId,
      ...(hasBody ? { "content-length": answer.body.length } : {}),
    });
    response.end(hasBody ? answer.body : undefined);

    const latencyMs = performance.now() - started;
    const format = stage?.AccessLogSettings?.Format;
    if (format) this.props.onAccessLog(formatAccessLog(format, this.logValues(request, answer, match, latencyMs)));
    this.props.onAnswer({ request, status: answer.status, latencyMs });
  }

  private async answer(request: ApiRequest, body: Buffer, match: RouteMatch | undefined): Promise<Answer> {
    const cors = this.props.deployed.api.CorsConfiguration;
    const { origin } = request.headers;
    const preflight = cors &&
      isPreflight(request) && { status: 204, headers: preflightHeaders(cors, origin), body: Buffer.alloc(0) };
    if (!match) return preflight || ownAnswer(404);

    const { route } = match;
    const throttle = this.routeThrottles.get(route.RouteKey ?? "") ?? this.throttle;
    if (!throttle.take()) return ownAnswer(429, { "error.responseType": "THROTTLED" });

    // A preflight is not spared here: that is why an API with an authorizer on $default needs routes for OPTIONS.
    const authorization = await this.authorizers
      .get(route.AuthorizerId)
      ?.authorize(request, route.AuthorizationScopes ?? []);
    if (authorization && "status" in authorization) {
      const { status, challenge } = authorization;
      const refusal = ownAnswer(status, { "authorizer.error": challenge, "error.responseType": "UNAUTHORIZED" });
      return { ...refusal, headers: { ...refusal.headers, "www-authenticate": challenge } };
    }
    return preflight || this.integrate(request, body, match, authorization?.context);
  }

  /** Has the function answer. */
  private async integrate(request: ApiRequest, body: Buffer, match: RouteMatch, authorizer: unknown): Promise<Answer> {
    const { deployed, functionArn, invoke, mayInvoke } = this.props;
    const integration = deployed.integrations.find(
      ({ IntegrationId }) => match.route.Target === `integrations/${IntegrationId}`,
    );
    const [, targetArn] = /\/functions\/(.+)\/invocations$/.exec(integration?.IntegrationUri ?? "") ?? [];
    if (targetArn !== functionArn) return integrationFailed("The integration names no function that is deployed.");
    const { AuthorizationType = "NONE", AuthorizerId } = match.route;
    if (AuthorizationType !== "NONE" && !this.authorizers.has(AuthorizerId)) {
      return integrationFailed("Only JWT authorizers work on this machine.");
    }
    if (integration?.PayloadFormatVersion !== "2.0") {
      return integrationFailed("Only payload format 2.0 runs on this machine.");
    }
    if (!mayInvoke(this.routeArn(match.route))) {
      return integrationFailed("The function's policy does not let this route invoke it.");
    }
    const event = makeEvent(request, {
      accountId: deployed.accountId,
      apiId: deployed.api.ApiId ?? "",
      domainName: new URL(deployed.api.ApiEndpoint ?? "").host,
      stage: deployed.stage?.StageName ?? "",
      stageVariables: deployed.stage?.StageVariables,
      routeKey: match.route.RouteKey ?? "",
      pathParameters: match.pathParameters,
      authorizer,
      body,
    });
    const started = performance.now();
    let invocation: Outcome | undefined;
    try {
      const invoked = invoke(JSON.stringify(event), randomUUID(), request.traceId);
      invocation = await within(integration.TimeoutInMillis ?? INTEGRATION_TIMEOUT_MS, invoked);
    } catch (error) {
      if (!(error instanceof InvokeError)) throw error;
      const status = error.name === "TooManyRequestsException" ? 429 : 413;
      return ownAnswer(status, { "integration.integrationStatus": status, integrationErrorMessage: error.message });
    }
    const integrationLatency = Math.round(performance.now() - started);
    if (!invocation) {
      return ownAnswer(503, {
        integrationLatency,
        integrationErrorMessage: "The function did not answer in time.",
        "error.responseType": "INTEGRATION_TIMEOUT",
      });
    }
    const reached = { integrationLatency, "integration.integrationStatus": 200 };
    if (invocation.isError) {
      return integrationFailed(describeError(JSON.parse(invocation.payload)), reached);
    }
    const result = readFunctionResponse(invocation.payload);
    if (!result) return integrationFailed("The function's result is not an HTTP response.", reached);

    const headers = Object.entries(result.headers).filter(
      ([name]) =>
        !CONNECTION_HEADERS.has(name) && !(deployed.api.CorsConfiguration && name.startsWith("access-control-")),
    );
    return {
      ...result,
      headers: Object.fromEntries(headers),
      log: { ...reached, "integration.status": result.status },
    };
  }

  /** The ARN by which the function's policy knows a route: `<API>/<stage>/<method>/<path>`, or `$default` at its end. */
  private routeArn({ RouteKey = "" }: Route): string {
    const { region, accountId, api, stage } = this.props.deployed;
    return `arn:aws:execute-api:${region}:${accountId}:${api.ApiId}/${stage?.StageName}/${RouteKey.replace(" /", "/")}`;
  }

  /** @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html */
  private logValues(request: ApiRequest, answer: Answer, match: RouteMatch | undefined, latencyMs: number) {
    const { deployed } = this.props;
    return {
      accountId: deployed.accountId,
      apiId: deployed.api.ApiId,
      domainName: new URL(deployed.api.ApiEndpoint ?? "").host,
      httpMethod: request.method,
      "identity.sourceIp": request.sourceIp,
      "identity.userAgent": request.headers["user-agent"],
      "integration.latency": answer.log?.integrationLatency,
      path: request.path,
      protocol: request.protocol,
      requestId: request.requestId,
      requestTime: formatTime(request.time),
      requestTimeEpoch: request.time,
      responseLatency: Math.round(latencyMs),
      responseLength: answer.body.length,
      routeKey: match?.route.RouteKey,
      stage: deployed.stage?.StageName,
      status: answer.status,
      ...answer.log,
    };
  }
}

/** The API's own answers. */
const MESSAGES = {
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  413: "Request Entity Too Large",
  429: "Too Many Requests",
  500: "Internal Server Error",
  503: "Service Unavailable",
};

function ownAnswer(status: keyof typeof MESSAGES, log: Answer["log"] = {}): Answer {
  const message = MESSAGES[status];
  return {
    status,
    headers: { "content-type": "application/json" },
    body: Buffer.from(JSON.stringify({ message })),
    log: { "error.message": message, ...log },
  };
}

function integrationFailed(integrationErrorMessage: string, log: Answer["log"] = {}): Answer {
  return ownAnswer(500, { ...log, integrationErrorMessage, "error.responseType": "INTEGRATION_FAILURE" });
}

/** Without a stage's own values, the account's limits hold; a value of 0 refuses everything. */
function makeThrottle(settings: RouteSettings = {}): TokenBucket {
  return new TokenBucket(
    settings.ThrottlingRateLimit ?? ACCOUNT_THROTTLE.rate,
    settings.ThrottlingBurstLimit ?? ACCOUNT_THROTTLE.burst,
  );
}

/** The result, or nothing where it takes longer. */
async function within<T>(milliseconds: number, result: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<undefined>((done) => {
    timer = setTimeout(() => done(undefined), milliseconds);
  });
  try {
    return await Promise.race([result, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
