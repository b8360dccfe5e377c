import type { Integration, Route } from "@aws-sdk/client-apigatewayv2";
import { within } from "@local/command-line/process/awake";
import { describeError, type Outcome } from "../function/function-process";
import { InvokeError, STATUS_OF_REFUSAL } from "../function/invocation";
import { type DeployedApi, type DeployedStage, findIntegration, functionArnOf, whyUnserved } from "../inventory/apis";
import { type Answer, integrationFailed, ownAnswer } from "./answer";
import type { AuthorizerContext } from "./authorizers/jwt-authorizer";
import { readFunctionResponse } from "./function-response";
import { makeEventV1, readResponseV1 } from "./payload-v1";
import { type ApiRequest, makeEvent } from "./request-event";
import type { RouteMatch } from "./route";
import { answerByService, type ServiceAnswer, type ServiceCall } from "./services/service-integration";

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

/** The payload formats, by their versions. */
const FORMATS = {
  "1.0": { makeEvent: makeEventV1, readResponse: readResponseV1 },
  "2.0": { makeEvent, readResponse: readFunctionResponse },
};

/** A function that answers requests. */
export interface TargetFunction {
  /** Whether the function's policy allows an AWS service to invoke it for a source, such as a route's ARN. */
  mayBeInvokedBy(service: string, sourceArn: string): boolean;
  invoke(event: string, request: ApiRequest): Promise<Outcome>;
  /** Invokes it for an authorizer with a name. */
  authorize(event: string, authorizer: string): Promise<Pick<Outcome, "isError" | "payload">>;
}

export interface LambdaIntegrationProps {
  readonly deployed: DeployedApi;
  /** Finds a function by the ARN in an integration. */
  readonly findFunction: (arn: string) => TargetFunction | undefined;
  /** Calls a service in place of a function. */
  readonly callService?: (call: ServiceCall) => Promise<ServiceAnswer>;
  /**
   * Whether a function that answers too late is cut off. A debugger may hold it for longer.
   * @default true
   */
  readonly hasTimeLimit?: boolean;
}

/** Answers requests with functions, as integrations of type AWS_PROXY do. */
export class LambdaIntegration {
  /** The function of each route, or the reason why none can answer. */
  private readonly targets: ReadonlyMap<Route, TargetFunction | string>;
  /** The API's domain, which has no port. */
  readonly domainName: string;

  constructor(
    private readonly props: LambdaIntegrationProps,
    private readonly stage: DeployedStage,
  ) {
    this.domainName = new URL(props.deployed.api.ApiEndpoint ?? "").hostname;
    this.targets = new Map(props.deployed.routes.map((route) => [route, this.findTarget(route)]));
  }

  async answer(
    request: ApiRequest,
    body: Buffer,
    match: RouteMatch,
    authorizer: AuthorizerContext | undefined,
  ): Promise<Answer> {
    const integration = this.integrationOf(match.route);
    const { callService } = this.props;
    if (integration?.IntegrationSubtype && callService && !whyUnserved(match.route, this.props.deployed)) {
      return answerByService(integration, { request, match, stage: this.stage, body }, callService);
    }
    const target = this.targets.get(match.route) ?? "";
    if (typeof target === "string") return integrationFailed(target);

    const domainName = request.domain?.name ?? this.domainName;
    const api = { ...this.props.deployed, stage: this.stage, domainName };
    const { makeEvent, readResponse } = FORMATS[integration?.PayloadFormatVersion === "2.0" ? "2.0" : "1.0"];
    const event = JSON.stringify(makeEvent(request, body, api, match, authorizer));
    const started = performance.now();
    try {
      const invoked = target.invoke(event, request);
      const timeoutMs = integration?.TimeoutInMillis ?? TIMEOUT_MS;
      const outcome = await (this.props.hasTimeLimit === false ? invoked : within(timeoutMs, invoked));
      const integrationLatency = Math.round(performance.now() - started);
      return outcome
        ? this.answerOf(outcome, readResponse, integrationLatency)
        : timedOut(timeoutMs, integrationLatency);
    } catch (error) {
      if (!(error instanceof InvokeError)) throw error;
      const status = STATUS_OF_REFUSAL[error.name];
      return ownAnswer(status, { "integration.integrationStatus": status, integrationErrorMessage: error.message });
    }
  }

  /** Finds the function that answers for a route, or the reason why none can. */
  private findTarget(route: Route): TargetFunction | string {
    const { deployed, findFunction } = this.props;
    const reason = whyUnserved(route, deployed);
    if (reason) return `The route is not served: ${reason}.`;
    const target = findFunction(functionArnOf(this.integrationOf(route) ?? {}));
    if (!target) return "The integration names no function that runs here.";
    if (deployed.isFunctionUrl) return target;
    if (!target.mayBeInvokedBy("apigateway.amazonaws.com", this.routeArn(route))) {
      return "The function's policy does not let this route invoke it.";
    }
    return target;
  }

  private integrationOf(route: Route): Integration | undefined {
    return findIntegration(this.props.deployed.integrations, route);
  }

  private answerOf(outcome: Outcome, readResponse: typeof readFunctionResponse, integrationLatency: number): Answer {
    const log = { integrationLatency, "integration.integrationStatus": 200 };
    if (outcome.isError) return integrationFailed(describeError(JSON.parse(outcome.payload)), log);
    const result = readResponse(outcome.payload);
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
    const { partition, region, accountId, api } = this.props.deployed;
    return `arn:${partition}:execute-api:${region}:${accountId}:${api.ApiId}/${this.stage.StageName}/${RouteKey.replace(" /", "/")}`;
  }
}

function timedOut(timeoutMs: number, integrationLatency: number): Answer {
  return ownAnswer(503, {
    integrationLatency,
    integrationErrorMessage: `The function did not answer within the integration's ${timeoutMs / 1000} s.`,
    "error.responseType": "INTEGRATION_TIMEOUT",
  });
}
