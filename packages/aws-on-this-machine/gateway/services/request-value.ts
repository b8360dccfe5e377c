import { parseJson } from "@local/command-line/text/json";
import type { ApiRequest, ServedAt } from "../request-event";
import type { RouteMatch } from "../route";

/** A request at the route and the stage that it has reached. */
export interface RoutedRequest {
  readonly request: ApiRequest;
  readonly match: RouteMatch;
  readonly stage: ServedAt["stage"];
  readonly body?: Buffer;
}

/**
 * Finds a value by its name in API Gateway, such as `$request.header.Authorization` or `$request.body.order.id`.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-parameter-mapping.html
 */
export function requestValue(name: string, { request, match, stage, body }: RoutedRequest): string | undefined {
  const [, place = "", field = ""] =
    /^\$(request\.header|request\.querystring|request\.path|request\.body|stageVariables|context)(?:\.(.+))?$/.exec(
      name,
    ) ?? [];
  switch (place) {
    case "request.header":
      return field.toLowerCase() === "cookie" ? request.cookies.join("; ") : request.headers[field.toLowerCase()];
    case "request.querystring":
      return new URLSearchParams(request.rawQueryString).get(field) ?? undefined;
    case "request.path":
      return field ? match.pathParameters?.[field] : request.path;
    case "request.body":
      return field ? bodyValue(String(body), field) : String(body);
    case "stageVariables":
      return stage.StageVariables?.[field];
    default:
      return contextValue(field, { request, match, stage });
  }
}

function contextValue(name: string, { request, match, stage }: RoutedRequest): string | undefined {
  const values: Readonly<Record<string, string | undefined>> = {
    httpMethod: request.method,
    "identity.sourceIp": request.sourceIp,
    "identity.userAgent": request.headers["user-agent"],
    path: request.path,
    protocol: request.protocol,
    requestId: request.requestId,
    requestTimeEpoch: String(request.time),
    routeKey: match.route.RouteKey,
    stage: stage.StageName,
  };
  return values[name];
}

/** @param path such as `order.items[0]` */
function bodyValue(body: string, path: string): string | undefined {
  const names = path.match(/[^.[\]]+/g) ?? [];
  const value = names.reduce<unknown>((found, name) => Object(found)[name], parseJson(body));
  return typeof value === "string" ? value : JSON.stringify(value);
}
