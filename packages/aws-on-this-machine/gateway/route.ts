import type { Route, Stage } from "@aws-sdk/client-apigatewayv2";

export interface RouteMatch {
  readonly route: Route;
  /** The values of the path's variables, if it has some. */
  readonly pathParameters?: Readonly<Record<string, string>>;
}

/**
 * Selects the stage for a decoded path, and the path below it: the stage that the first segment names, else `$default`,
 * which is at the root.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-stages.html
 */
export function selectStage<T extends Pick<Stage, "StageName">>(
  stages: readonly T[],
  path: string,
): { readonly stage: T; readonly path: string } | undefined {
  const [, name, below] = /^\/([\w-]+)(\/.*)?$/s.exec(path) ?? [];
  const named = stages.find(({ StageName }) => StageName === name);
  if (named) return { stage: named, path: below ?? "/" };
  const atRoot = stages.find(({ StageName }) => StageName === "$default");
  return atRoot && { stage: atRoot, path };
}

/**
 * Selects the route for a method and a decoded path as HTTP APIs do. The priority is: full match, variable, greedy
 * variable (`{proxy+}`), `$default`. A route for the method has priority over `ANY`.
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

/** The rank is a text to compare: `0` full, `1` variable or `2` greedy for each segment, then `0` method or `1` ANY. */
function matches(route: Route, method: string, path: string): (RouteMatch & { rank: string }) | undefined {
  const { RouteKey: routeKey = "" } = route;
  if (routeKey === "$default") return { route, rank: "9" };
  const [routeMethod, routePath = ""] = routeKey.split(" ");
  if (routeMethod !== "ANY" && routeMethod !== method) return undefined;

  const segments = routePath.split("/").slice(1).map(readSegment);
  const found = new RegExp(`^${segments.map(({ pattern }) => `/${pattern}`).join("")}$`, "s").exec(path);
  if (!found) return undefined;
  const names = segments.flatMap(({ name }) => name ?? []);
  const pathParameters = Object.fromEntries(names.map((name, index) => [name, found[index + 1] ?? ""]));
  const rank = segments.map((segment) => segment.rank).join("") + (routeMethod === "ANY" ? "1" : "0");
  return { route, rank, ...(names.length > 0 ? { pathParameters } : {}) };
}

/** Reads a segment of a route's path. A variable matches at least one character. */
function readSegment(segment: string): { readonly rank: string; readonly pattern: string; readonly name?: string } {
  const [, name, greedy] = /^\{(.+?)(\+?)\}$/.exec(segment) ?? [];
  if (!name) return { rank: "0", pattern: segment.replace(/[.*+?^${}()|[\]\\]/g, "\\$&") };
  return greedy ? { rank: "2", pattern: "(.+)", name } : { rank: "1", pattern: "([^/]+)", name };
}
