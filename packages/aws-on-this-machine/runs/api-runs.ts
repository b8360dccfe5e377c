import { randomUUID } from "node:crypto";
import { ownAnswer } from "../gateway/answer";
import type { AnsweredRequest, HttpGatewayProps } from "../gateway/http-gateway";
import type { SystemMetrics } from "../monitoring/system-metrics";
import type { LogStream } from "../records/log-stream";
import type { RequestItems } from "../records/request-items";
import type { FunctionRuns } from "./function-runs";
import { RunRecord } from "./run-record";
import type { RunStore } from "./run-store";

export interface ApiRunsProps {
  readonly functionRuns: FunctionRuns;
  readonly runs: RunStore;
  readonly metrics: SystemMetrics;
  readonly items: RequestItems;
  readonly accessLog: LogStream | undefined;
  /** The ids of the runs that are being replayed, by the port of their new requests. */
  readonly replays: ReadonlyMap<number | undefined, string>;
  readonly onNotice?: (notice: string) => void;
}

export function keepApiRuns(
  props: ApiRunsProps,
): Pick<HttpGatewayProps, "invoke" | "onRequest" | "onAnswer" | "onError"> {
  const { functionRuns, runs } = props;
  return {
    invoke: (event, request) => {
      const run = runs.find(request.requestId) ?? RunRecord.ofApi(request);
      run.event = event;
      return functionRuns.invokeOnce(run, event, randomUUID(), request.traceId);
    },
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

function keepAnswer(answered: AnsweredRequest, { runs, metrics, items, accessLog }: ApiRunsProps): void {
  const { request, answer, milliseconds } = answered;
  const known = runs.find(request.requestId);
  // A malformed request has no record yet.
  const run = known ?? RunRecord.ofApi(request);
  run.endWithAnswer(answered);
  if (known) runs.update(run);
  else runs.add(run);
  metrics.countRequest(answer.status, milliseconds);
  if (run.attempts > 0) items.note(run.itemId);
  if (answered.accessLog) accessLog?.write(answered.accessLog);
}
