import { readLogLine } from "../../../runs/log-line";
import type { Body, Invocation, Run, RunAnswer, TracedError } from "../../../runs/run";

/** UTF-8 text as it is kept. */
export function textBody(text: string): Body {
  return { text, isBase64: false, bytes: Buffer.byteLength(text), isCut: false };
}

/** Bytes as they are kept. */
export function bytesBody(bytes: Buffer): Body {
  return { text: bytes.toString("base64"), isBase64: true, bytes: bytes.length, isCut: false };
}

/** What is said of a request; the rest follows. */
export interface RequestProps {
  readonly id: string;
  readonly time: number;
  readonly method?: string;
  readonly path?: string;
  readonly headers?: readonly (readonly [string, string])[];
  readonly body?: Body;
  readonly status?: number;
  readonly milliseconds?: number;
  readonly initMs?: number;
  readonly error?: string;
  readonly traced?: TracedError;
  readonly answer?: object;
  readonly replayOf?: string;
  /** The domain that it came to, with the path there. */
  readonly address?: string;
  /** The version that an alias chose. */
  readonly version?: string;
  /** A message that the function logs before it answers. */
  readonly said?: string;
  /** The number of its first log line. */
  readonly firstLine?: number;
}

const TABLE = "OrdersTable";
const FUNCTION = "OrdersFunction";
const JSON_BODY = textBody('{"hello":"world"}');
const HEADERS: readonly (readonly [string, string])[] = [
  ["host", "127.0.0.1:41001"],
  ["user-agent", "curl/8.5.0"],
  ["accept", "*/*"],
  ["content-type", "application/json"],
  ["content-length", "17"],
];

/** A request with all that is known of it. */
export function requestRun(props: RequestProps): Run {
  const {
    id,
    time,
    method = "POST",
    path = "/orders",
    address,
    status = 200,
    milliseconds = 24,
    initMs,
    error,
    replayOf,
    version,
  } = props;
  const { headers = HEADERS, body = method === "GET" ? textBody("") : JSON_BODY, traced, said, firstLine = 1 } = props;
  const [rawPath = "", rawQueryString = ""] = path.split("?", 2);
  const timestamp = new Date(time).toISOString();
  const event = JSON.stringify({
    version: "2.0",
    routeKey: "$default",
    rawPath,
    rawQueryString,
    headers: Object.fromEntries(headers),
    requestContext: {
      accountId: "123456789012",
      apiId: "a1b2c3d4e5",
      http: { method, path: rawPath, protocol: "HTTP/1.1", sourceIp: "127.0.0.1", userAgent: "curl/8.5.0" },
      requestId: id,
      routeKey: "$default",
      stage: "$default",
      timeEpoch: time,
    },
    ...(body.bytes > 0 && { body: body.text }),
    isBase64Encoded: body.isBase64,
  });
  const content = props.answer ?? { message: "Request processed successfully", requestId: id, timestamp };
  const answer: RunAnswer = {
    status,
    headers: { "content-type": "application/json", "apigw-requestid": id },
    body: textBody(JSON.stringify(content)),
  };
  const accessLog = {
    requestId: id,
    ip: "127.0.0.1",
    requestTime: timestamp,
    httpMethod: method,
    path: rawPath,
    status,
  };
  return {
    ...{ id, source: "request", time, method, path, address, status, milliseconds, error, replayOf },
    functionName: FUNCTION,
    version,
    outcome: status >= 500 ? "failed" : status >= 400 ? "refused" : "processed",
    attempts: 1,
    isColdStart: initMs !== undefined,
    request: { method, target: path, headers, body },
    event,
    answer,
    invocations: [
      invocation({
        id,
        version,
        time: time + 2,
        durationMs: milliseconds - 6 - (initMs ?? 0),
        initMs,
        traced,
        said,
        firstLine,
        status,
        result: answer,
      }),
    ],
    accessLog: JSON.stringify(accessLog),
    ...(status === 200 && {
      archivedIn: `requests/${timestamp.slice(0, 10).replaceAll("-", "/")}/access-logs-1.gz`,
    }),
    calls: [
      { service: "dynamodb", operation: "PutItem", resource: TABLE, status: status < 500 ? 200 : 400, time: time + 9 },
    ],
    items:
      status === 200
        ? [{ table: TABLE, item: { RequestId: id, Timestamp: timestamp, Path: rawPath, Body: body.text } }]
        : [],
  };
}

interface InvocationProps {
  readonly id: string;
  readonly version?: string;
  readonly time: number;
  readonly durationMs: number;
  readonly initMs?: number;
  readonly traced?: TracedError;
  readonly said?: string;
  readonly firstLine: number;
  readonly status: number;
  readonly result: unknown;
}

function invocation({
  id,
  version,
  time,
  durationMs,
  initMs,
  traced,
  said,
  firstLine,
  status,
  result,
}: InvocationProps): Invocation {
  const requestId = `6f1c2b3a-0000-4000-8000-${String(firstLine).padStart(12, "0")}`;
  const end = time + (initMs ?? 0) + durationMs;
  const level = status >= 500 ? "ERROR" : "INFO";
  const timestamp = new Date(end).toISOString();
  const written = { timestamp, level, requestId, apiRequestId: id, status, error: traced?.type };
  const metrics = {
    durationMs,
    billedDurationMs: Math.ceil(durationMs + (initMs ?? 0)),
    memorySizeMB: 256,
    maxMemoryUsedMB: 71,
    initDurationMs: initMs,
  };
  const record = { requestId, metrics, status: traced ? "error" : "success" };
  const origin = { owner: { runId: id, requestId }, code: { functionName: FUNCTION, folder: "/code", source: "src" } };
  const log = [
    { number: firstLine, time: end - 1, raw: said ?? JSON.stringify(written), isReport: false, ...origin },
    {
      ...{ number: firstLine + 1, time: end, isReport: true, ...origin },
      raw: JSON.stringify({ time: timestamp, type: "platform.report", record }),
    },
  ].map(readLogLine);
  return {
    ...{
      requestId,
      version,
      time,
      waitMs: 0.3,
      initMs,
      durationMs,
      usedMemoryMb: 71,
      memoryMb: 256,
      log,
      error: traced,
    },
    result: JSON.stringify(result),
  };
}

/** A queue's message that a worker did not accept, however often it was tried. */
export function failedMessage(time: number, firstLine: number): Run {
  const run = failedSchedule("message-1", time, NO_TABLE, firstLine);
  const event = JSON.stringify({ Records: [{ messageId: "m-1", body: "resize 7", eventSource: "aws:sqs" }] });
  const functionName = "Worker";
  const invocations = run.invocations.map((each) => ({
    ...each,
    log: each.log.map((line) => ({ ...line, functionName })),
  }));
  return { ...run, source: "queue", path: "Jobs", functionName, event, invocations };
}

/** A scheduled run that the function did not accept, however often it was tried. */
export function failedSchedule(id: string, time: number, traced: TracedError, firstLine: number): Run {
  const event = JSON.stringify({
    version: "0",
    id,
    "detail-type": "Scheduled Event",
    source: "aws.events",
    account: "123456789012",
    time: `${new Date(time).toISOString().slice(0, 19)}Z`,
    region: "us-west-2",
    resources: ["arn:aws:events:us-west-2:123456789012:rule/DailySchedule"],
    detail: {},
  });
  const tries = [0, 1042, 3069].map((later, index) =>
    invocation({
      ...{
        id,
        time: time + later,
        durationMs: 31.4 + index,
        initMs: index === 0 ? 311.8 : undefined,
        traced,
        status: 500,
      },
      firstLine: firstLine + 2 * index,
      result: { errorType: traced.type, errorMessage: traced.message },
    }),
  );
  return {
    ...{ id, source: "schedule", time, method: "", path: "DailySchedule", outcome: "failed", milliseconds: 3104 },
    ...{ attempts: 3, isColdStart: true, error: `${traced.type}: ${traced.message}`, event, invocations: tries },
    functionName: FUNCTION,
    items: [],
    isDeadLetter: true,
  };
}

/** A table that is not there, as botocore tells it, with the function's frames. */
export const NO_TABLE: TracedError = {
  type: "ResourceNotFoundException",
  message:
    "An error occurred (ResourceNotFoundException) when calling the PutItem operation: Requested resource not found",
  frames: [
    {
      file: "src/index.py",
      line: 75,
      function: "_answer_request",
      source: {
        firstLine: 72,
        lines: [
          '        timestamp = _timestamp(request_context["timeEpoch"] / 1000)',
          "        body, encoding = read_body(event)",
          '        headers = event.get("headers") or {}',
          "        store(",
          "            {",
          '                "RequestId": request_context["requestId"],',
          '                "Timestamp": timestamp,',
        ],
      },
    },
    {
      file: "src/table.py",
      line: 49,
      function: "store",
      source: {
        firstLine: 45,
        lines: [
          "    if size > MAX_ITEM_BYTES:",
          '        raise too_large(f"The item would have {size} bytes")',
          '    item = {name: {"S": value} for name, value in texts.items()}',
          "    try:",
          "        answer = _dynamodb.put_item(TableName=_TABLE_NAME, Item=item)",
          "    except exceptions.ClientError as error:",
          '        if _THROTTLED.search(error.response["Error"]["Code"]):',
        ],
      },
    },
  ],
};
