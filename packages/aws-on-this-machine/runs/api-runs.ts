import { randomUUID } from "node:crypto";
import { ownAnswer } from "../gateway/answer";
import type { AnsweredRequest, HttpGatewayProps } from "../gateway/http-gateway";
import { callEmulator } from "../gateway/services/call-emulator";
import type { DeployedApi } from "../inventory/apis";
import type { SystemMetrics } from "../monitoring/system-metrics";
import type { LogStream } from "../records/log-stream";
import type { InvokedFunction } from "../system/functions/served-function";
import type { FunctionRuns } from "./function-runs";
import { RunRecord } from "./run-record";
import type { RunStore } from "./run-store";

export interface ApiRunsProps {
  /** The emulator's. */
  readonly endpoint: string;
  readonly deployed: DeployedApi;
  readonly functionRuns: FunctionRuns;
  readonly runs: RunStore;
  readonly metrics: SystemMetrics;
  /** The access logs of the stages, by their log groups. */
  readonly accessLogs: ReadonlyMap<string | undefined, LogStream>;
  readonly findFunction: (arn: string) => InvokedFunction | undefined;
  /** The ids of the runs that are being replayed, by the port of their new requests. */
  readonly replays: ReadonlyMap<number | undefined, string>;
  readonly onNotice?: (notice: string) => void;
}

/** Keeps the requests of an API as runs. */
export function keepApiRuns(props: ApiRunsProps): HttpGatewayProps {
  const { deployed, functionRuns, runs } = props;
  return {
    deployed,
    findFunction: (arn) => {
      const fn = props.findFunction(arn);
      if (!fn) return undefined;
      return {
        mayBeInvokedBy: (service, sourceArn) => fn.mayBeInvokedBy(service, sourceArn),
        invoke: (event, request) => {
          const run = runs.find(request.requestId) ?? RunRecord.ofApi(request);
          run.event = event;
          return functionRuns.invokeOnce(fn, run, event, randomUUID(), request.traceId);
        },
        authorize: async (event, path) => {
          const { isError, result } = await functionRuns.invoke(fn, event, { source: "service", path });
          return { isError, payload: result };
        },
      };
    },
    callService: callEmulator(props.endpoint, deployed.region),
    onRequest: (received) => {
      const run = RunRecord.ofRequest(received);
      run.replayOf = props.replays.get(received.clientPort);
      runs.add(run);
    },
    onAnswer: (answered) => keepAnswer(answered, props),
    onError: ({ message, stack }, request) => {
      props.onNotice?.(`The API failed: ${stack}`);
      // The answer ends the run.
      if (runs.find(request.requestId)?.outcome !== "running") return;
      const answer = ownAnswer(500, { integrationErrorMessage: `The API failed: ${message}` });
      keepAnswer({ request, answer, milliseconds: Date.now() - request.time, accessLog: undefined }, props);
    },
  };
}

function keepAnswer(answered: AnsweredRequest, { deployed, runs, metrics, accessLogs }: ApiRunsProps): void {
  const { request, answer, milliseconds } = answered;
  const known = runs.find(request.requestId);
  // A malformed request has no record yet.
  const run = known ?? RunRecord.ofApi(request);
  run.endWithAnswer(answered);
  run.apiAddress = deployed.address;
  if (known) runs.update(run);
  else runs.add(run);
  metrics.countRequest(deployed.api.ApiId ?? "", answer.status, milliseconds);
  if (answered.accessLog) accessLogs.get(answered.accessLogGroup)?.write(answered.accessLog);
}
