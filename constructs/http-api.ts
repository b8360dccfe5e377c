import { Apigatewayv2Api } from "@cdktf/provider-aws/lib/apigatewayv2-api";
import { Apigatewayv2Authorizer } from "@cdktf/provider-aws/lib/apigatewayv2-authorizer";
import { Apigatewayv2Integration } from "@cdktf/provider-aws/lib/apigatewayv2-integration";
import { Apigatewayv2Route } from "@cdktf/provider-aws/lib/apigatewayv2-route";
import { Apigatewayv2Stage } from "@cdktf/provider-aws/lib/apigatewayv2-stage";
import { CloudwatchLogGroup } from "@cdktf/provider-aws/lib/cloudwatch-log-group";
import type { LambdaFunction } from "@cdktf/provider-aws/lib/lambda-function";
import { LambdaPermission } from "@cdktf/provider-aws/lib/lambda-permission";
import { Construct } from "constructs";

/**
 * The line that API Gateway logs for each request, by field name. HTTP APIs refuse a stage whose format names a
 * variable outside their own list (400 BadRequestException).
 *
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

/** Which web pages of other origins may call the API. */
export interface Cors {
  /** Origins, or `*`. */
  readonly allowOrigins: string[];
  readonly allowMethods: string[];
  readonly allowHeaders: string[];
  /** How long a browser may keep a preflight's answer, in seconds. */
  readonly maxAgeSeconds: number;
}

/** How many requests the stage lets through before it answers 429. */
export interface Throttle {
  /** Steady requests a second. */
  readonly rateLimit: number;
  /** Requests at once above that. */
  readonly burstLimit: number;
}

/** Who issues the JSON Web Tokens that the API accepts. */
export interface JwtAuthorizer {
  /** The issuer's https:// URL. */
  readonly issuer: string;
  /** The audiences that are accepted. */
  readonly audience: string[];
}

export interface HttpApiProps {
  /** API name, as the console shows it. */
  readonly apiName: string;
  /** The function that answers every request. */
  readonly handler: LambdaFunction;
  readonly cors: Cors;
  readonly throttle: Throttle;
  /** How long the access log is kept, in days. */
  readonly accessLogRetentionDays: number;
  /**
   * Requires a token on every request but preflights.
   * @default - the API is open
   */
  readonly jwtAuthorizer?: JwtAuthorizer;
}

/** The API Gateway HTTP API that hands every request to one function and logs each in one line of JSON. */
export class HttpApi extends Construct {
  readonly api: Apigatewayv2Api;
  readonly stage: Apigatewayv2Stage;
  readonly accessLogGroup: CloudwatchLogGroup;
  private readonly handler: LambdaFunction;
  private readonly integration: Apigatewayv2Integration;

  constructor(scope: Construct, id: string, props: HttpApiProps) {
    super(scope, id);
    const { cors, throttle } = props;
    this.handler = props.handler;

    this.api = new Apigatewayv2Api(this, "api", {
      name: props.apiName,
      protocolType: "HTTP",
      corsConfiguration: {
        allowOrigins: cors.allowOrigins,
        allowMethods: cors.allowMethods,
        allowHeaders: cors.allowHeaders,
        maxAge: cors.maxAgeSeconds,
      },
    });
    this.integration = new Apigatewayv2Integration(this, "integration", {
      apiId: this.api.id,
      integrationType: "AWS_PROXY",
      integrationUri: props.handler.invokeArn,
      // The provider's default is 1.0.
      payloadFormatVersion: "2.0",
    });

    if (props.jwtAuthorizer) {
      const authorizer = new Apigatewayv2Authorizer(this, "authorizer", {
        apiId: this.api.id,
        name: "jwt",
        authorizerType: "JWT",
        identitySources: ["$request.header.Authorization"],
        jwtConfiguration: { issuer: props.jwtAuthorizer.issuer, audience: props.jwtAuthorizer.audience },
      });
      this.addRoute("default", "$default", authorizer);
      // $default would ask a preflight for a token, which no browser sends.
      this.addRoute("preflight", "OPTIONS /{proxy+}");
      // {proxy+} takes at least one segment.
      this.addRoute("root-preflight", "OPTIONS /");
    } else {
      this.addRoute("default", "$default");
    }

    // The stage would fail without its log group, whose name needs the API's id: so it cannot be the API's child.
    this.accessLogGroup = new CloudwatchLogGroup(this, "access-log-group", {
      name: `/aws/apigateway/${this.api.id}`,
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
      // A block without limits means a limit of 0: 429 on every call.
      defaultRouteSettings: {
        throttlingRateLimit: throttle.rateLimit,
        throttlingBurstLimit: throttle.burstLimit,
        detailedMetricsEnabled: true,
      },
    });
  }

  private addRoute(id: string, routeKey: string, authorizer?: Apigatewayv2Authorizer): void {
    new Apigatewayv2Route(this, `${id}-route`, {
      apiId: this.api.id,
      routeKey,
      target: `integrations/${this.integration.id}`,
      authorizationType: authorizer ? "JWT" : undefined,
      authorizerId: authorizer?.id,
    });
    // The source is <execution ARN>/<stage>/<route>, where a route with a path is <method>/<path>.
    const route = routeKey.replace(" /", "/");
    new LambdaPermission(this, `${id}-permission`, {
      statementId: `AllowApiGateway-${id}`,
      action: "lambda:InvokeFunction",
      functionName: this.handler.functionName,
      principal: "apigateway.amazonaws.com",
      sourceArn: `${this.api.executionArn}/*/${route}`,
    });
  }
}
