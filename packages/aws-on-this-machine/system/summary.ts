import { join } from "node:path";
import type { Route, Stage } from "@aws-sdk/client-apigatewayv2";
import { describeError } from "../function/function-process";
import { type DeployedApi, findIntegration, functionArnOf, whyUnserved } from "../inventory/apis";
import type { Inventory } from "../inventory/inventory";
import type { ScheduleResource } from "../inventory/schedules/schedules";
import type { InvokedFunction, ServedFunction } from "./functions/served-function";
import type { ApiSummary, FunctionSummary, ScheduleSummary } from "./running-system";
import type { ServedApi } from "./served-apis";

export function summarizeApi(
  { deployed, url, domains }: ServedApi,
  findFunction: (arn: string) => InvokedFunction | undefined,
): ApiSummary {
  const { address, api, stages, routes } = deployed;
  const throttle = stages[0]?.DefaultRouteSettings;
  return {
    address,
    name: api.Name ?? "",
    url,
    domains,
    routes: routesBelow(stages, routes),
    runningRoutes: routesBelow(stages, findRunningRoutes(deployed, findFunction)),
    cors: api.CorsConfiguration !== undefined,
    rateLimit: throttle?.ThrottlingRateLimit ?? 0,
    burstLimit: throttle?.ThrottlingBurstLimit ?? 0,
    logGroup: namesOf(stages.map(({ accessLogGroup }) => accessLogGroup)),
    archiveBucket: namesOf(stages.map(({ archiveBucket }) => archiveBucket)),
  };
}

function findRunningRoutes(deployed: DeployedApi, findFunction: (arn: string) => unknown): Route[] {
  return deployed.routes.filter((route) => {
    const integration = findIntegration(deployed.integrations, route) ?? {};
    const isRunning = integration.IntegrationSubtype || findFunction(functionArnOf(integration));
    return isRunning && !whyUnserved(route, deployed);
  });
}

function routesBelow(stages: readonly Stage[], routes: readonly Route[]): string[] {
  return stages.flatMap(({ StageName = "" }) => routes.map(({ RouteKey = "" }) => routeBelow(StageName, RouteKey)));
}

/** The route as a client sees it: a stage with a name is a part of the path. */
function routeBelow(stageName: string, routeKey: string): string {
  if (stageName === "$default") return routeKey;
  return routeKey === "$default" ? `ANY /${stageName}/{proxy+}` : routeKey.replace(" ", ` /${stageName}`);
}

function namesOf(names: readonly (string | undefined)[]): string {
  return [...new Set(names.filter((name) => name !== undefined))].join(", ");
}

export function summarizeFunction({ resource, live, versions }: ServedFunction): FunctionSummary {
  const { address, name, logGroup } = resource;
  const { runtime, loadFailure, source } = live;
  const { configuration } = runtime;
  const runtimes = [runtime, ...versions.running.map((version) => version.runtime)];
  return {
    address,
    name,
    runtime: configuration.Runtime ?? "",
    timeoutSeconds: configuration.Timeout ?? 0,
    memoryMb: configuration.MemorySize ?? 0,
    usedMemoryMb: Math.ceil(Math.max(...runtimes.map(({ usedMemoryMb }) => usedMemoryMb))),
    processes: sum(runtimes.map(({ processCount }) => processCount)),
    busyProcesses: sum(runtimes.map(({ busyCount }) => busyCount)),
    logGroup,
    source,
    loadFailure: loadFailure && {
      message: describeError(loadFailure.error),
      location: loadFailure.location && join(source, loadFailure.location),
    },
  };
}

function sum(counts: readonly number[]): number {
  return counts.reduce((all, count) => all + count, 0);
}

export function summarizeSchedule(
  { address, name, expression, isEnabled, targets }: ScheduleResource,
  findFunction: (arn: string) => InvokedFunction | undefined,
): ScheduleSummary {
  const functions = targets.flatMap(({ arn }) => findFunction(arn)?.name ?? []);
  return { address, name, expression, isEnabled, functions };
}

/** The ARNs of the queues and topics to which failed events and messages go. */
export function findDeadLetterArns({ queues, functions, eventSources, schedules }: Inventory): ReadonlySet<string> {
  const arns = [
    ...queues.map(({ deadLetterArn }) => deadLetterArn),
    ...functions
      .flatMap((fn) => [fn, ...(fn.aliases ?? [])])
      .map(({ invokeConfig }) => invokeConfig?.DestinationConfig?.OnFailure?.Destination),
    ...functions.map(({ configuration }) => configuration.DeadLetterConfig?.TargetArn),
    ...eventSources.map(({ mapping }) => mapping.DestinationConfig?.OnFailure?.Destination),
    ...schedules.flatMap(({ targets }) => targets.map(({ deadLetterArn }) => deadLetterArn)),
  ];
  return new Set(arns.filter((arn) => arn !== undefined));
}
