import type { Code, InvocationRecord, LogEntry } from "../../../function/invocation";
import { BoundedLog } from "../../../function/invocation";
import type { ApiRequest } from "../../../gateway/request-event";
import { RunRecord } from "../../../runs/run-record";

/** The code of a function, whose source is in `src`. */
export const CODE: Code = { functionName: "small", folder: "/code", source: "src" };

let entries = 0;

/** An entry of the function's log. */
export function logEntry(raw: string | object, isReport = false): LogEntry {
  entries += 1;
  const text = typeof raw === "string" ? raw : JSON.stringify(raw);
  return { number: entries, time: 1000 + entries, raw: text, isReport, code: CODE };
}

/** An attempt that has ended. */
export function invocation(more: Partial<InvocationRecord> = {}, log: readonly LogEntry[] = []): InvocationRecord {
  const record: InvocationRecord = {
    owner: { requestId: "lambda-1" },
    time: 1000,
    waitMs: 0,
    code: CODE,
    memoryMb: 256,
    log: new BoundedLog(),
    durationMs: 5,
    usedMemoryMb: 70,
    outcome: { payload: "null", isError: false },
    ...more,
  };
  for (const entry of log) record.log.add(entry);
  return record;
}

/** The head of a request. */
export function apiRequest(requestId: string, more: Partial<ApiRequest> = {}): ApiRequest {
  const rest = {
    time: 1000,
    method: "POST",
    path: "/orders",
    rawQueryString: "",
    headers: {},
    headerValues: {},
    cookies: [],
  };
  return { requestId, ...rest, sourceIp: "127.0.0.1", protocol: "HTTP/1.1", traceId: "", ...more };
}

/** A request that was just received. */
export function received(
  requestId: string,
  body: Buffer | undefined = Buffer.from("{}"),
  more: Partial<ApiRequest> = {},
) {
  return RunRecord.ofRequest({
    request: apiRequest(requestId, more),
    target: "/orders",
    rawHeaders: ["Host", "api"],
    body,
    clientPort: 50_000,
  });
}

/** Answers a request. */
export function answer(
  run: RunRecord,
  status: number,
  body: string | Buffer = "",
  log: Record<string, string> = {},
): void {
  const whole = { status, headers: { "content-type": "application/json" }, body: Buffer.from(body), log };
  run.endWithAnswer({ request: apiRequest(run.id), answer: whole, milliseconds: 12, accessLog: `line of ${run.id}` });
}
