import type { Integration, Route } from "@aws-sdk/client-apigatewayv2";
import { describeError, type Outcome } from "../function/function-process";
import { InvokeError } from "../function/function-runtime";
import { type Answer, integrationFailed, ownAnswer } from "./answer";
import type { DeployedApi } from "./deployed-api";
import { readFunctionResponse } from "./function-response";
import { type ApiRequest, makeEvent } from "./request-event";
import type { RouteMatch } from "./route";

/** HTTP APIs' limit: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html */
const TIMEOUT_MS = 30_000;

/** Headers that the API's server sets, and the function cannot. */
const CONNECTION_HEADERS = new Set([
  "connection",
  "content-length",
  "keep-alive",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

export interface LambdaIntegrationProps {
  readonly deployed: DeployedApi;
  readonly functionArn: string;
  /** Whether the function's policy allows the API to invoke it, for a route's ARN. */
  readonly mayInvoke: (sourceArn: string) => boolean;
  readonly invoke: (event: string, request: ApiRequest) => Promise<Outcome>;
}

/** API Gateway's answer if Lambda refuses the event. */
const STATUS_OF_REFUSAL = {
  TooManyRequestsException: 429,
  RequestTooLargeException: 413,
  ServiceException: 500,
} as const;

/** Answers requests with the function, as an integration of type AWS_PROXY does. */
export class LambdaIntegration {
  /** By route. The deployed resources stay the same while the system runs. */
  private readonly obstacles: ReadonlyMap<Route, string | undefined>;
  /** The API's domain, which has no port. */
  readonly domainName: string;

  constructor(private readonly props: LambdaIntegrationProps) {
    this.domainName = new URL(props.deployed.api.ApiEndpoint ?? "").hostname;
    this.obstacles = new Map(props.deployed.routes.map((route) => [route, this.findObstacle(route)]));
  }

  async answer(request: ApiRequest, body: Buffer, match: RouteMatch, authorizer: unknown): Promise<Answer> {
    const obstacle = this.obstacles.get(match.route);
    if (obstacle) return integrationFailed(obstacle);

    const api = { ...this.props.deployed, domainName: this.domainName };
    const event = JSON.stringify(makeEvent(request, body, api, match, authorizer));
    const started = performance.now();
    try {
      const invoked = this.props.invoke(event, request);
      const timeoutMs = this.integrationOf(match.route)?.TimeoutInMillis ?? TIMEOUT_MS;
      const outcome = await within(timeoutMs, invoked);
      const integrationLatency = Math.round(performance.now() - started);
      return outcome ? this.answerOf(outcome, integrationLatency) : timedOut(timeoutMs, integrationLatency);
    } catch (error) {
      if (!(error instanceof InvokeError)) throw error;
      const status = STATUS_OF_REFUSAL[error.name];
      return ownAnswer(status, { "integration.integrationStatus": status, integrationErrorMessage: error.message });
    }
  }

  /** The reason why the function cannot answer for a route; `undefined` if it can. */
  private findObstacle(route: Route): string | undefined {
    const { deployed, functionArn, mayInvoke } = this.props;
    const integration = this.integrationOf(route);
    const [, targetArn] = /\/functions\/(.+)\/invocations$/.exec(integration?.IntegrationUri ?? "") ?? [];
    if (targetArn !== functionArn) return "The integration names no function that is deployed.";
    const { AuthorizationType = "NONE", AuthorizerId } = route;
    const authorizer = deployed.authorizers.find((each) => each.AuthorizerId === AuthorizerId);
    if (AuthorizationType !== "NONE" && authorizer?.AuthorizerType !== "JWT") {
      return "Only JWT authorizers work on this machine.";
    }
    if (integration?.PayloadFormatVersion !== "2.0") return "Only payload format 2.0 runs on this machine.";
    if (!mayInvoke(this.routeArn(route))) return "The function's policy does not let this route invoke it.";
    return undefined;
  }

  private integrationOf({ Target }: Route): Integration | undefined {
    return this.props.deployed.integrations.find(({ IntegrationId }) => Target === `integrations/${IntegrationId}`);
  }

  private answerOf(outcome: Outcome, integrationLatency: number): Answer {
    const log = { integrationLatency, "integration.integrationStatus": 200 };
    if (outcome.isError) return integrationFailed(describeError(JSON.parse(outcome.payload)), log);
    const result = readFunctionResponse(outcome.payload);
    if (!result) return integrationFailed("The function's result is not an HTTP response.", log);

    const decidesCors = this.props.deployed.api.CorsConfiguration !== undefined;
    const headers = Object.entries(result.headers).filter(
      ([name]) => !CONNECTION_HEADERS.has(name) && !(decidesCors && name.startsWith("access-control-")),
    );
    return {
      ...result,
      headers: Object.fromEntries(headers),
      log: { ...log, "integration.status": result.status },
    };
  }

  /** The route's ARN in the function's policy: `<API>/<stage>/<method>/<path>`, or `<API>/<stage>/$default`. */
  private routeArn({ RouteKey = "" }: Route): string {
    const { partition, region, accountId, api, stage } = this.props.deployed;
    return `arn:${partition}:execute-api:${region}:${accountId}:${api.ApiId}/${stage?.StageName}/${RouteKey.replace(" /", "/")}`;
  }
}

function timedOut(timeoutMs: number, integrationLatency: number): Answer {
  return ownAnswer(503, {
    integrationLatency,
    integrationErrorMessage: `The function did not answer within the integration's ${timeoutMs / 1000} s.`,
    "error.responseType": "INTEGRATION_TIMEOUT",
  });
}

/** Resolves to the result, or to undefined after the time limit. */
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
