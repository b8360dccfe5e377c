import { Apigatewayv2Api } from "@cdktf/provider-aws/lib/apigatewayv2-api";
import { Apigatewayv2Authorizer } from "@cdktf/provider-aws/lib/apigatewayv2-authorizer";
import { Apigatewayv2Integration } from "@cdktf/provider-aws/lib/apigatewayv2-integration";
import { Apigatewayv2Route } from "@cdktf/provider-aws/lib/apigatewayv2-route";
import { Apigatewayv2Stage } from "@cdktf/provider-aws/lib/apigatewayv2-stage";
import { CloudwatchLogGroup } from "@cdktf/provider-aws/lib/cloudwatch-log-group";
import type { CloudwatchMetricAlarm } from "@cdktf/provider-aws/lib/cloudwatch-metric-alarm";
import { dependable } from "cdktf";
import { Construct } from "constructs";
import { awaitPermissions, invokePermission } from "../access/invoke-permission";
import { idOf } from "../address";
import { ConstructError, requireWithin } from "../construct-error";
import { nameOf } from "../environment";
import type { PythonFunction } from "../function/python-function";

/**
 * The fields of a line of the access log. API Gateway refuses a stage with variables that HTTP APIs do not have (400).
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
 */
const ACCESS_LOG_FIELDS = {
  requestId: "$context.requestId",
  requestTime: "$context.requestTime",
  sourceIp: "$context.identity.sourceIp",
  userAgent: "$context.identity.userAgent",
  method: "$context.httpMethod",
  routeKey: "$context.routeKey",
  path: "$context.path",
  protocol: "$context.protocol",
  status: "$context.status",
  responseLength: "$context.responseLength",
  responseLatency: "$context.responseLatency",
  functionStatus: "$context.integration.status",
  integrationStatus: "$context.integration.integrationStatus",
  integrationLatency: "$context.integrationLatency",
  integrationErrorMessage: "$context.integrationErrorMessage",
  errorMessage: "$context.error.message",
  errorResponseType: "$context.error.responseType",
};

/** The limits above which the API answers 429. */
export interface Throttle {
  /** The steady rate, in requests a second. */
  readonly rateLimit: number;
  /** The requests at once above that rate. */
  readonly burstLimit: number;
}

/** The JSON Web Tokens that a route accepts. */
export interface JwtAuthorizer {
  /**
   * The authorizer's name in the API. Another name is another authorizer.
   * @default "jwt"
   */
  readonly name?: string;
  /** The issuer's https:// URL. */
  readonly issuer: string;
  readonly audience: string[];
}

export interface RouteProps {
  /**
   * The tokens that requests need. `none` opens the route of an API with an authorizer.
   * @default - the API's authorizer
   */
  readonly authorizer?: JwtAuthorizer | "none";
  /**
   * Limits of this route, within those of the API.
   * @default - the API's
   */
  readonly throttle?: Throttle;
}

export interface HttpApiProps {
  /** @default - the construct's path */
  readonly apiName?: string;
  /**
   * Name of the access log's group, unique in the account and Region. API Gateway adds a log group outside
   * /aws/vendedlogs/ to a resource policy of CloudWatch Logs that all of the account's APIs share. It never removes one,
   * and fails once the policy is longer than 5,120 characters.
   * @default "/aws/vendedlogs/apigateway/<API's name>"
   * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-and-resource-policy.html
   */
  readonly accessLogGroupName?: string;
  /** The cross-origin requests that the API allows. */
  readonly cors: {
    /** Origins, or `*`. */
    readonly allowOrigins: string[];
    readonly allowMethods: string[];
    readonly allowHeaders: string[];
    /**
     * The answer's headers that pages may read.
     * @default - those that browsers show in any case
     */
    readonly exposeHeaders?: string[];
    /**
     * Whether browsers may send cookies. API Gateway refuses this together with the origin `*`.
     * @default false
     */
    readonly allowCredentials?: boolean;
    /** How long a browser may cache the answer to a preflight, in seconds. */
    readonly maxAgeSeconds: number;
  };
  /** The limits of the stage, for all routes together. */
  readonly throttle: Throttle;
  /** Retention of the access log, in days. */
  readonly accessLogRetentionDays: number;
  /** Whether CloudWatch also has metrics of each route. */
  readonly detailedMetrics: boolean;
  /**
   * Requires a token on every route, except on preflights.
   * @default - no token is required
   */
  readonly jwtAuthorizer?: JwtAuthorizer;
}

/** API Gateway waits no longer for a function, in seconds. */
const INTEGRATION_TIMEOUT_SECONDS = 30;

/** The routes that API Gateway knows: a method or ANY with a path, or $default for all other requests. */
const ROUTE_KEY = /^(\$default|(ANY|DELETE|GET|HEAD|OPTIONS|PATCH|POST|PUT) \/\S*)$/;

/**
 * The API Gateway HTTP API. It passes the requests of each route to a function, and logs each request as a line of JSON.
 *
 * @example
 * const api = new HttpApi(this, "api", settings.api);
 * api.route("GET /orders/{id}", orders);
 */
export class HttpApi extends Construct {
  readonly api: Apigatewayv2Api;
  readonly accessLogGroup: CloudwatchLogGroup;
  readonly stage: Apigatewayv2Stage;
  private readonly authorizers = new Map<string, { of: JwtAuthorizer; authorizer: Apigatewayv2Authorizer }>();
  private readonly alarms: CloudwatchMetricAlarm[] = [];
  private readonly throttles: { routeKey: string; throttle: Throttle }[] = [];

  constructor(
    scope: Construct,
    id: string,
    private readonly props: HttpApiProps,
  ) {
    super(scope, id);
    const { cors, throttle, apiName = nameOf(this) } = props;
    this.api = new Apigatewayv2Api(this, "api", {
      name: apiName,
      protocolType: "HTTP",
      corsConfiguration: {
        allowOrigins: cors.allowOrigins,
        allowMethods: cors.allowMethods,
        allowHeaders: cors.allowHeaders,
        exposeHeaders: cors.exposeHeaders,
        allowCredentials: cors.allowCredentials || undefined,
        maxAge: cors.maxAgeSeconds,
      },
    });
    this.accessLogGroup = new CloudwatchLogGroup(this, "access-log-group", {
      name: props.accessLogGroupName ?? `/aws/vendedlogs/apigateway/${apiName}`,
      retentionInDays: props.accessLogRetentionDays,
    });
    this.stage = new Apigatewayv2Stage(this, "stage", {
      apiId: this.api.id,
      name: "$default",
      autoDeploy: true,
      accessLogSettings: {
        destinationArn: this.accessLogGroup.arn,
        format: JSON.stringify(ACCESS_LOG_FIELDS),
      },
      // Without limits, this block means a limit of 0: 429 on every call.
      defaultRouteSettings: {
        throttlingRateLimit: throttle.rateLimit,
        throttlingBurstLimit: throttle.burstLimit,
        detailedMetricsEnabled: props.detailedMetrics,
      },
    });
  }

  /** The alarms that roll back the releases of the API's functions. */
  get rollbackAlarms(): readonly CloudwatchMetricAlarm[] {
    return this.alarms;
  }

  /** Lets an alarm roll back the releases of the API's functions. */
  rollBackAt(alarm: CloudwatchMetricAlarm): void {
    this.alarms.push(alarm);
  }

  /**
   * Passes the requests of a route to a function.
   *
   * @param routeKey a method or `ANY` with a path, such as `GET /orders/{id}`; `$default` takes all other requests
   * @example
   * const api = new HttpApi(this, "api", settings.api);
   * api.route("POST /orders", orders, { throttle: { rateLimit: 10, burstLimit: 20 } });
   * @throws ConstructError for a key that API Gateway refuses, a slow function, and limits above the API's
   */
  route(
    routeKey: string,
    fn: PythonFunction,
    { authorizer = this.props.jwtAuthorizer, throttle }: RouteProps = {},
  ): void {
    if (!ROUTE_KEY.test(routeKey)) {
      throw new ConstructError(
        this,
        `the route ${routeKey} is not allowed; use $default, or a key such as GET /orders/{id}`,
      );
    }
    if (fn.timeoutSeconds > INTEGRATION_TIMEOUT_SECONDS) {
      throw new ConstructError(
        fn,
        `timeoutSeconds: ${fn.timeoutSeconds} is too much for ${routeKey}; use at most ${INTEGRATION_TIMEOUT_SECONDS}, because an API waits no longer`,
      );
    }
    const secured = authorizer === undefined || authorizer === "none" ? undefined : this.authorizer(authorizer);
    const route = this.addRoute(routeKey, fn, secured);
    if (throttle) this.throttleRoute(routeKey, route, throttle);
    if (secured) for (const preflight of preflightsOf(routeKey)) this.addRoute(preflight, fn);
  }

  private authorizer(of: JwtAuthorizer): Apigatewayv2Authorizer {
    const { name = "jwt", issuer, audience } = of;
    const known = this.authorizers.get(name);
    if (!known) {
      const authorizer = new Apigatewayv2Authorizer(this, name === "jwt" ? "authorizer" : `authorizer-${name}`, {
        apiId: this.api.id,
        name,
        authorizerType: "JWT",
        identitySources: ["$request.header.Authorization"],
        jwtConfiguration: { issuer, audience },
      });
      this.authorizers.set(name, { of, authorizer });
      return authorizer;
    }
    if (known.of.issuer === issuer && `${known.of.audience}` === `${audience}`) return known.authorizer;
    throw new ConstructError(this, `the authorizer ${name} has another issuer or audience already; use another name`);
  }

  private addRoute(routeKey: string, fn: PythonFunction, authorizer?: Apigatewayv2Authorizer): Apigatewayv2Route {
    const id = routeKey.replace("$", "");
    const known = this.node.tryFindChild(`${id.replaceAll("/", "--")}-route`);
    // Routes for several methods of one path share their preflight.
    if (known instanceof Apigatewayv2Route && routeKey.startsWith("OPTIONS ")) return known;
    const integration = this.integration(fn);
    const route = new Apigatewayv2Route(this, `${id}-route`, {
      apiId: this.api.id,
      routeKey,
      target: `integrations/${integration.id}`,
      authorizationType: authorizer ? "JWT" : undefined,
      authorizerId: authorizer?.id,
    });
    const permissions = invokePermission(this, `${id}-permission`, {
      fn,
      service: "apigateway.amazonaws.com",
      // <execution ARN>/<stage>/<method>/<path>, or /$default at the end.
      sourceArn: `${this.api.executionArn}/*/${routeKey.replace(/^ANY /, "*").replace(" /", "/")}`,
    });
    awaitPermissions(integration, permissions);
    return route;
  }

  private integration(fn: PythonFunction): Apigatewayv2Integration {
    const id = `integration-${idOf(fn)}`;
    const known = this.node.tryFindChild(id);
    if (known) return known as Apigatewayv2Integration;
    fn.watchRelease(this);
    return new Apigatewayv2Integration(this, id, {
      apiId: this.api.id,
      integrationType: "AWS_PROXY",
      integrationUri: fn.invoked.invokeArn,
      // The provider's default is 1.0.
      payloadFormatVersion: "2.0",
    });
  }

  private throttleRoute(routeKey: string, route: Apigatewayv2Route, throttle: Throttle): void {
    const { rateLimit, burstLimit } = this.props.throttle;
    requireWithin(this, `${routeKey}: rateLimit (requests a second)`, throttle.rateLimit, 1, rateLimit);
    requireWithin(this, `${routeKey}: burstLimit (requests)`, throttle.burstLimit, 1, burstLimit);
    this.throttles.push({ routeKey, throttle });
    this.stage.putRouteSettings(
      this.throttles.map((each) => ({
        routeKey: each.routeKey,
        throttlingRateLimit: each.throttle.rateLimit,
        throttlingBurstLimit: each.throttle.burstLimit,
        detailedMetricsEnabled: this.props.detailedMetrics,
      })),
    );
    // API Gateway refuses settings of a route that does not exist yet.
    this.stage.dependsOn = [...(this.stage.dependsOn ?? []), dependable(route)];
  }
}

/** The routes for preflights that a route would take: browsers send no token with them. */
function preflightsOf(routeKey: string): string[] {
  // {proxy+} does not match the root.
  if (routeKey === "$default") return ["OPTIONS /{proxy+}", "OPTIONS /"];
  return routeKey.startsWith("ANY ") ? [routeKey.replace("ANY", "OPTIONS")] : [];
}
