import type { Route } from "@aws-sdk/client-apigatewayv2";

/** A route that fits a request. */
export interface RouteMatch {
  readonly route: Route;
  /** What the variables of the route's path stand for; absent where it has none. */
  readonly pathParameters?: Readonly<Record<string, string>>;
}

/**
 * Picks the route of a request as HTTP APIs do: a full match goes before one with a variable, that before a greedy one
 * (`{proxy+}`), and `$default` takes the rest. A route for the method goes before one for `ANY`.
 *
 * @param path the decoded path
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
 */
export function matchRoute(routes: readonly Route[], method: string, path: string): RouteMatch | undefined {
  let best: (RouteMatch & { readonly rank: string }) | undefined;
  for (const route of routes) {
    const match = matches(route, method, path);
    if (match && (!best || match.rank < best.rank)) best = match;
  }
  return best;
}

/** Ranks compare as text: for each segment of the route `0` full, `1` variable, `2` greedy; then the method. */
function matches(route: Route, method: string, path: string): (RouteMatch & { rank: string }) | undefined {
  const { RouteKey: routeKey = "" } = route;
  if (routeKey === "$default") return { route, rank: "9" };
  const [routeMethod, routePath = ""] = routeKey.split(" ");
  if (routeMethod !== "ANY" && routeMethod !== method) return undefined;

  const segments = path.split("/").slice(1);
  const pathParameters: Record<string, string> = {};
  let rank = "";
  let position = 0;
  for (const expected of routePath.split("/").slice(1)) {
    const variable = /^\{(.+?)(\+?)\}$/.exec(expected);
    const isGreedy = variable?.[2] === "+";
    const value = isGreedy ? segments.slice(position).join("/") : segments[position];
    // A variable stands for at least one character; only the path "/" itself has an empty segment.
    if (value === undefined || (variable ? value === "" : value !== expected)) return undefined;
    if (variable?.[1]) pathParameters[variable[1]] = value;
    rank += !variable ? "0" : isGreedy ? "2" : "1";
    position = isGreedy ? segments.length : position + 1;
  }
  if (position !== segments.length) return undefined;
  rank += routeMethod === "ANY" ? "1" : "0";
  return { route, rank, ...(Object.keys(pathParameters).length > 0 ? { pathParameters } : {}) };
}
