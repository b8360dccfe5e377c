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

/** The JSON Web Tokens that the API accepts. */
export interface JwtAuthorizer {
  /** The issuer's https:// URL. */
  readonly issuer: string;
  readonly audience: string[];
}

export interface HttpApiProps {
  readonly apiName: string;
  /** Name of the access log's group, unique in the account and Region. */
  readonly accessLogGroupName: string;
  /** The function that answers every request. */
  readonly handler: LambdaFunction;
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
  /** The limits above which the stage answers 429. */
  readonly throttle: {
    /** The steady rate, in requests a second. */
    readonly rateLimit: number;
    /** The requests at once above that rate. */
    readonly burstLimit: number;
  };
  /** Retention of the access log, in days. */
  readonly accessLogRetentionDays: number;
  /** Whether CloudWatch also has metrics of each route. */
  readonly detailedMetrics: boolean;
  /**
   * Requires a token on every request except preflights.
   * @default - no token is required
   */
  readonly jwtAuthorizer?: JwtAuthorizer;
}

/** The API Gateway HTTP API. It passes every request to one function, and logs each request as a line of JSON. */
export class HttpApi extends Construct {
  readonly api: Apigatewayv2Api;
  readonly accessLogGroup: CloudwatchLogGroup;
  private readonly handler: LambdaFunction;
  private readonly integration: Apigatewayv2Integration;

  constructor(scope: Construct, id: string, props: HttpApiProps) {
    super(scope, id);
    const { cors, throttle, handler } = props;
    this.handler = handler;

    this.api = new Apigatewayv2Api(this, "api", {
      name: props.apiName,
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
    this.integration = new Apigatewayv2Integration(this, "integration", {
      apiId: this.api.id,
      integrationType: "AWS_PROXY",
      integrationUri: handler.invokeArn,
      // The provider's default is 1.0.
      payloadFormatVersion: "2.0",
    });

    if (props.jwtAuthorizer) this.addSecuredRoutes(props.jwtAuthorizer);
    else this.addRoute("default", "$default");

    this.accessLogGroup = new CloudwatchLogGroup(this, "access-log-group", {
      name: props.accessLogGroupName,
      retentionInDays: props.accessLogRetentionDays,
    });
    new Apigatewayv2Stage(this, "stage", {
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

  private addSecuredRoutes({ issuer, audience }: JwtAuthorizer): void {
    const authorizer = new Apigatewayv2Authorizer(this, "authorizer", {
      apiId: this.api.id,
      name: "jwt",
      authorizerType: "JWT",
      identitySources: ["$request.header.Authorization"],
      jwtConfiguration: { issuer, audience },
    });
    this.addRoute("default", "$default", authorizer);
    // Browsers send no token with a preflight, and $default would require one.
    this.addRoute("preflight", "OPTIONS /{proxy+}");
    // {proxy+} does not match the root.
    this.addRoute("root-preflight", "OPTIONS /");
  }

  private addRoute(id: string, routeKey: string, authorizer?: Apigatewayv2Authorizer): void {
    new Apigatewayv2Route(this, `${id}-route`, {
      apiId: this.api.id,
      routeKey,
      target: `integrations/${this.integration.id}`,
      authorizationType: authorizer ? "JWT" : undefined,
      authorizerId: authorizer?.id,
    });
    new LambdaPermission(this, `${id}-permission`, {
      statementId: `AllowApiGateway-${id}`,
      action: "lambda:InvokeFunction",
      functionName: this.handler.functionName,
      principal: "apigateway.amazonaws.com",
      // <execution ARN>/<stage>/<method>/<path>, or /$default at the end.
      sourceArn: `${this.api.executionArn}/*/${routeKey.replace(" /", "/")}`,
    });
  }
}
