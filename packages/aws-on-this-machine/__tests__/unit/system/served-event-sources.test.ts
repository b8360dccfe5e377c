import type { EventSourceMappingConfiguration } from "@aws-sdk/client-lambda";
import { UserError } from "@local/command-line/user-error";
import type { Aws } from "@local/terraform/aws";
import type { EventSourceProps } from "../../../event-sources/event-source";
import type { FunctionRuns, Origin } from "../../../runs/function-runs";
import type { ServedFunction } from "../../../system/functions/served-function";
import { ServedEventSources } from "../../../system/served-event-sources";

const opened: EventSourceProps[] = [];
const stopped: string[] = [];
let refusal: string | undefined;
/** A source with this batch size has events under way until the gate opens. */
const BUSY = 7;
let gate: Promise<void>;
let openGate: () => void;
jest.mock("../../../event-sources/event-source", () => ({
  openEventSource: (props: EventSourceProps) => {
    if (refusal) throw new UserError(refusal);
    opened.push(props);
    const stop = async () => {
      stopped.push(props.mapping.UUID ?? "");
      if (props.mapping.BatchSize === BUSY) await gate;
    };
    return { stop };
  },
}));

const arnOf = (name: string) => `arn:aws:lambda:us-west-2:123456789012:function:${name}`;
const QUEUE = "arn:aws:sqs:us-west-2:123456789012:orders";
const STREAM = "arn:aws:dynamodb:us-west-2:123456789012:table/lines/stream/2026-01-01T00:00:00.000";

/** The functions that run here, by their ARNs. */
let functions: Map<string, ServedFunction>;
let attempts: [name: string, key: string, event: string, origin: Origin][];
let settled: unknown[];
let sources: ServedEventSources;
beforeEach(() => {
  opened.length = 0;
  stopped.length = 0;
  gate = new Promise((resolve) => {
    openGate = resolve;
  });
  refusal = undefined;
  functions = new Map();
  for (const name of ["worker", "indexer"]) run(name);
  [attempts, settled] = [[], []];
  sources = new ServedEventSources({
    aws: {} as Aws,
    functionRuns: {
      attempt: async (fn: ServedFunction & { version?: string }, ...rest: [string, string, Origin]) => {
        attempts.push([fn.version ?? fn.name, ...rest]);
        return { payload: "null", isError: false };
      },
      settle: (...end: unknown[]) => settled.push(end),
    } as unknown as FunctionRuns,
    findFunction: (arn) => functions.get(arn),
    onNotice: () => {},
  });
});

function run(name: string, more: object = {}): void {
  functions.set(arnOf(name), { name, arn: arnOf(name), ...more } as ServedFunction);
}

function resource(name: string, functionName: string, more: Partial<EventSourceMappingConfiguration> = {}) {
  const EventSourceArn = name === "lines" ? STREAM : QUEUE;
  const mapping = { UUID: name, FunctionArn: arnOf(functionName), EventSourceArn, State: "Enabled", ...more };
  return { address: `aws_lambda_event_source_mapping.${name}`, mapping };
}

test("each enabled mapping runs, with its source and its function", async () => {
  await sources.update([
    resource("orders", "worker"),
    resource("lines", "indexer"),
    resource("off", "worker", { State: "Disabled" }),
  ]);
  expect(opened.map(({ mapping }) => mapping.UUID)).toEqual(["orders", "lines"]);
  expect(sources.summaries()).toEqual([
    {
      address: "aws_lambda_event_source_mapping.orders",
      functionName: "worker",
      source: "orders",
      isEnabled: true,
      problem: undefined,
    },
    expect.objectContaining({ functionName: "indexer", source: "lines", isEnabled: true }),
    expect.objectContaining({ functionName: "worker", isEnabled: false, problem: undefined }),
  ]);
  await opened[1]?.invoke({ key: "key", event: "{}" });
  opened[0]?.settle("other", { outcome: "processed" });
  expect(attempts).toEqual([["indexer", "key", "{}", { source: "stream", path: "lines" }]]);
  expect(settled).toEqual([[functions.get(arnOf("worker")), "other", { outcome: "processed" }]]);
});

test("a mapping that has not changed goes on, a changed one starts anew, and a removed one ends", async () => {
  const lines = resource("lines", "indexer");
  await sources.update([resource("orders", "worker", { BatchSize: 1 }), lines, resource("gone", "worker")]);
  const changed = resource("orders", "worker", { BatchSize: 2, LastModified: new Date(1) });
  await sources.update([changed, { ...lines, mapping: { ...lines.mapping, LastModified: new Date(2) } }]);
  expect(stopped.sort()).toEqual(["gone", "orders"]);
  expect(opened.map(({ mapping }) => [mapping.UUID, mapping.BatchSize])).toEqual([
    ["orders", 1],
    ["lines", undefined],
    ["gone", undefined],
    ["orders", 2],
  ]);
  await sources.stop();
  expect(stopped.sort()).toEqual(["gone", "lines", "orders", "orders"]);
});

test("a source with events under way delays its own successor alone, and the end", async () => {
  await sources.update([resource("orders", "worker", { BatchSize: BUSY })]);
  await sources.update([resource("orders", "worker"), resource("lines", "indexer")]);
  expect(opened.map(({ mapping, predecessor }) => [mapping.UUID, predecessor === undefined])).toEqual([
    ["orders", true],
    ["orders", false],
    ["lines", true],
  ]);
  const order: string[] = [];
  void opened[1]?.predecessor?.then(() => order.push("the successor begins"));
  const ended = sources.stop().then(() => order.push("all have ended"));
  await new Promise(setImmediate);
  expect(order).toEqual([]);
  openGate();
  await ended;
  expect(order).toEqual(["the successor begins", "all have ended"]);
});

test("a mapping of a function that does not run here begins as soon as that does", async () => {
  const all = [resource("orders", "later"), resource("lines", "indexer")];
  await sources.update(all);
  expect(sources.summaries()[0]).toMatchObject({ problem: "later does not run on this machine." });
  run("later");
  await sources.update(all);
  expect(sources.summaries()[0]).toMatchObject({ functionName: "later", problem: undefined });
  expect(opened.map(({ mapping }) => mapping.UUID)).toEqual(["lines", "orders"]);
});

test("a mapping that cannot run here says why", async () => {
  refusal = "Kafka does not run on this machine.";
  await sources.update([resource("orders", "worker")]);
  expect(sources.summaries()).toMatchObject([{ problem: refusal }]);
  await sources.stop();
});

test("a function that another one has replaced gets no further events", async () => {
  await sources.update([resource("orders", "worker")]);
  run("worker", { version: "next" });
  await opened[0]?.invoke({ key: "1", event: "{}" });
  functions.clear();
  await opened[0]?.invoke({ key: "2", event: "{}" });
  expect(attempts.map(([version, key]) => [version, key])).toEqual([
    ["next", "1"],
    ["worker", "2"],
  ]);
});
