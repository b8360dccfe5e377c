import type { IncomingMessage, Server, ServerOptions, ServerResponse } from "node:http";
import type { Authorizer, RouteSettings } from "@aws-sdk/client-apigatewayv2";
import { readBody } from "@local/command-line/server";
import type { DeployedStage } from "../inventory/apis";
import { formatAccessLog } from "./access-log";
import { type Answer, ownAnswer } from "./answer";
import { type Authorization, JwtAuthorizer } from "./authorizers/jwt-authorizer";
import { LambdaAuthorizer } from "./authorizers/lambda-authorizer";
import { corsHeaders, isPreflight, preflightHeaders } from "./cors";
import type { FoundDomain } from "./domains/find-mapping";
import { LambdaIntegration, type LambdaIntegrationProps } from "./lambda-integration";
import { MalformedRequests, refuseHead } from "./malformed-requests";
import { type ApiRequest, formatTime, readRequest, requestOfDomain } from "./request-event";
import { matchRoute, type RouteMatch, selectStage } from "./route";
import { TokenBucket } from "./token-bucket";
import type { LocalIssuer } from "./tokens/local-issuer";

/** HTTP APIs' limits: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html */
const MAX_BODY_BYTES = 10 * 1024 * 1024;
const ACCOUNT_THROTTLE = { rate: 10_000, burst: 5_000 };

/** The options of the API's server: HTTP APIs' limit of all headers. The gateway checks the header Host by itself. */
export const SERVER_OPTIONS: ServerOptions = { maxHeaderSize: 10_240, requireHostHeader: false };

export interface ReceivedRequest {
  readonly request: ApiRequest;
  /** Path and query string, as the client sent them. */
  readonly target: string;
  /** Names and values in turns. */
  readonly rawHeaders: readonly string[];
  /** `undefined` if it is larger than the limit. */
  readonly body: Buffer | undefined;
  readonly clientPort: number | undefined;
}

export interface AnsweredRequest {
  readonly request: ApiRequest;
  /** The sent answer, without the headers that Node.js adds. */
  readonly answer: Answer;
  readonly milliseconds: number;
  /** The line of the access log, if the stage has one. */
  readonly accessLog: string | undefined;
  readonly accessLogGroup?: string;
}

export interface HttpGatewayProps extends LambdaIntegrationProps {
  /** An issuer whose tokens count as those of the deployed issuers. */
  readonly localIssuer?: LocalIssuer;
  /** Finds the domain of a request by its header Host and its path, and the gateway of that domain's API. */
  readonly findDomain?: (
    host: string | undefined,
    path: string,
  ) => (FoundDomain & { readonly gateway?: HttpGateway }) | undefined;
  /** Called with each HTTP request before its answer, but not with a malformed one. */
  readonly onRequest: (received: ReceivedRequest) => void;
  /** Called with each answered request, also with a malformed one. */
  readonly onAnswer: (answered: AnsweredRequest) => void;
  /** Called with an error of the gateway itself, after which the client gets 500. */
  readonly onError: (error: Error, request: ApiRequest) => void;
}

/** A stage, ready to answer. */
interface ServedStage {
  readonly StageName: string | undefined;
  readonly deployed: DeployedStage;
  readonly integration: LambdaIntegration;
  readonly throttle: TokenBucket;
  readonly routeThrottles: ReadonlyMap<string, TokenBucket>;
}

type Authorize = (request: ApiRequest, match: RouteMatch, stage: ServedStage) => Promise<Authorization>;

/** The stage of a request, and the route, if the stage has one for it. */
interface Selected {
  readonly stage: ServedStage;
  readonly match?: RouteMatch;
}

/** Answers requests as API Gateway does for an HTTP API. The deployed resources stay the same. */
export class HttpGateway {
  private readonly authorizers: ReadonlyMap<string | undefined, Authorize>;
  private readonly malformed: MalformedRequests;
  private readonly stages: readonly ServedStage[];

  constructor(private readonly props: HttpGatewayProps) {
    const { authorizers, stages } = props.deployed;
    this.stages = stages.map((stage) => serveStage(props, stage));
    this.malformed = new MalformedRequests((request, answer) => {
      this.record(request, answer, selectStage(this.stages, request.path), 0);
    });
    this.authorizers = new Map(authorizers.map((each) => [each.AuthorizerId, makeAuthorizer(each, props)]));
  }

  /** Answers a server's requests, in place of its earlier listeners. */
  serve(server: Server): void {
    for (const event of ["request", "checkExpectation", "clientError", "connect"]) server.removeAllListeners(event);
    server.on("request", this.handle).on("checkExpectation", this.handle);
    this.malformed.serve(server);
  }

  private readonly handle = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    const request = readRequest(message, Date.now());
    const domain = this.props.findDomain?.(request.headers.host, request.path);
    const gateway = domain?.gateway ?? this;
    await gateway.answerTo(domain ? requestOfDomain(request, domain) : request, message, response, this.malformed);
  };

  /** @param malformed of the gateway whose server has the connection */
  private async answerTo(
    request: ApiRequest,
    message: IncomingMessage,
    response: ServerResponse,
    malformed: MalformedRequests,
  ): Promise<void> {
    try {
      await this.handleOrThrow(request, message, response, malformed);
    } catch (error) {
      this.props.onError(error as Error, request);
      if (response.headersSent) response.destroy();
      else response.writeHead(500, { "content-type": "application/json" }).end(ownAnswer(500).body);
    }
  }

  private async handleOrThrow(
    request: ApiRequest,
    message: IncomingMessage,
    response: ServerResponse,
    malformed: MalformedRequests,
  ): Promise<void> {
    const started = performance.now();
    const { api } = this.props.deployed;
    if (!(await malformed.begin({ request, message, response }))) return;
    const selected = this.select(request);
    const refusal = refuseHead(message);
    // Node.js loses the requests that follow a request for another protocol.
    if (refusal || message.headers.upgrade) response.shouldKeepAlive = false;
    const body = refusal ? Buffer.alloc(0) : await readBody(message, MAX_BODY_BYTES);
    if (body === "incomplete") return;
    const { url: target = "", rawHeaders, socket } = message;
    const whole = body === "too large" ? undefined : body;
    this.props.onRequest({ request, target, rawHeaders, body: whole, clientPort: socket.remotePort });
    const status = refusal ?? (body === "too large" ? 413 : undefined);
    const answer = status ? ownAnswer(status) : await this.answer(request, body as Buffer, selected);

    const hasBody = answer.status !== 204 && answer.status !== 304;
    const headers = {
      ...answer.headers,
      ...(api.CorsConfiguration ? corsHeaders(api.CorsConfiguration, request.headers.origin) : {}),
      "apigw-requestid": request.requestId,
      ...(hasBody ? { "content-length": String(answer.body.length) } : {}),
    };
    response.writeHead(answer.status, headers);
    response.end(hasBody ? answer.body : undefined);

    this.record(request, { ...answer, headers }, selected, performance.now() - started);
  }

  private select({ method, path, domain }: ApiRequest): Selected | undefined {
    const stage = domain && this.stages.find(({ StageName }) => StageName === domain.stage);
    const selected = domain ? stage && { stage, path } : selectStage(this.stages, path);
    return selected && { stage: selected.stage, match: matchRoute(this.props.deployed.routes, method, selected.path) };
  }

  private record(request: ApiRequest, answer: Answer, selected: Selected | undefined, latencyMs: number): void {
    const { AccessLogSettings, accessLogGroup } = selected?.stage.deployed ?? {};
    const format = AccessLogSettings?.Format;
    const accessLog =
      format && selected && formatAccessLog(format, this.logValues(request, answer, selected, latencyMs));
    this.props.onAnswer({ request, answer, milliseconds: latencyMs, accessLog, accessLogGroup });
  }

  private async answer(request: ApiRequest, body: Buffer, selected: Selected | undefined): Promise<Answer> {
    const cors = this.props.deployed.api.CorsConfiguration;
    const { origin } = request.headers;
    const preflight = cors &&
      isPreflight(request) && { status: 204, headers: preflightHeaders(cors, origin), body: Buffer.alloc(0) };
    if (!selected?.match)
      return preflight || { ...ownAnswer(404), reason: selected ? undefined : whyUnmapped(request) };

    const { stage, match } = selected;
    const { route } = match;
    const throttle = stage.routeThrottles.get(route.RouteKey ?? "") ?? stage.throttle;
    if (!throttle.take()) return ownAnswer(429, { "error.responseType": "THROTTLED" });

    // As on AWS, preflights need a token. So an API with an authorizer on $default needs routes for OPTIONS.
    const authorization = await this.authorizers.get(route.AuthorizerId)?.(request, match, stage);
    if (authorization && "status" in authorization) return refuse(authorization);
    return preflight || stage.integration.answer(request, body, match, authorization?.context);
  }

  /** @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html */
  private logValues(request: ApiRequest, answer: Answer, { stage, match }: Selected, latencyMs: number) {
    const { deployed } = this.props;
    return {
      accountId: deployed.accountId,
      apiId: deployed.api.ApiId,
      domainName: request.domain?.name ?? stage.integration.domainName,
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
      stage: stage.StageName,
      status: answer.status,
      ...answer.log,
    };
  }
}

function makeAuthorizer(authorizer: Authorizer, props: HttpGatewayProps): Authorize {
  if (authorizer.AuthorizerType === "REQUEST") {
    const own = new LambdaAuthorizer(authorizer, props);
    return (request, match, { deployed: stage, integration: { domainName } }) =>
      own.authorize(request, match, { ...props.deployed, stage, domainName: request.domain?.name ?? domainName });
  }
  const own = new JwtAuthorizer(authorizer, props.localIssuer);
  return (request, { route }) => own.authorize(request, route.AuthorizationScopes ?? []);
}

function refuse({
  status,
  challenge,
  reason = challenge,
}: Extract<Authorization, { readonly status: number }>): Answer {
  const type = { 401: "UNAUTHORIZED", 403: challenge ? "UNAUTHORIZED" : "ACCESS_DENIED", 500: "AUTHORIZER_FAILURE" }[
    status
  ];
  const refusal = ownAnswer(status, { "authorizer.error": reason, "error.responseType": type });
  return { ...refusal, headers: { ...refusal.headers, ...(challenge ? { "www-authenticate": challenge } : {}) } };
}

function whyUnmapped({ domain }: ApiRequest): string | undefined {
  return domain && `${domain.name} has no mapping to a stage for ${domain.path}`;
}

function serveStage(props: LambdaIntegrationProps, stage: DeployedStage): ServedStage {
  const routeSettings = Object.entries(stage.RouteSettings ?? {});
  return {
    StageName: stage.StageName,
    deployed: stage,
    integration: new LambdaIntegration(props, stage),
    throttle: makeThrottle(stage.DefaultRouteSettings),
    routeThrottles: new Map(routeSettings.map(([routeKey, settings]) => [routeKey, makeThrottle(settings)])),
  };
}

/** The defaults are the account's limits. A limit of 0 refuses everything. */
function makeThrottle(settings: RouteSettings = {}): TokenBucket {
  return new TokenBucket(
    settings.ThrottlingRateLimit ?? ACCOUNT_THROTTLE.rate,
    settings.ThrottlingBurstLimit ?? ACCOUNT_THROTTLE.burst,
  );
}
