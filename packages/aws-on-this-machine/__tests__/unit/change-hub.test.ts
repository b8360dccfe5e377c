import type { RunSummary } from "../../runs/run";
import { ChangeHub } from "../../system/change-hub";
import type { Change, SystemSummary } from "../../system/running-system";

let messages: number;
let reads: number;
let failure: Error | undefined;
let changes: ChangeHub;

beforeEach(() => {
  jest.useFakeTimers();
  messages = 0;
  reads = 0;
  failure = undefined;
  changes = new ChangeHub(async () => {
    reads += 1;
    if (failure) throw failure;
    return { queues: [{ name: "letters", messages }] } as unknown as SystemSummary;
  });
});
afterEach(() => {
  changes.stop();
  jest.useRealTimers();
});

/** Collects what a listener is told. */
function listen() {
  const told: Change[] = [];
  const unsubscribe = changes.subscribe((change) => told.push(change));
  return { told, unsubscribe };
}

const logged = (raw: string) => ({ type: "log", line: { raw } }) as Change;

const messagesIn = (told: readonly Change[]) =>
  told.map((change) => (change.type === "summary" ? change.summary.queues[0]?.messages : change.type));

test("tells of the summary only when it has changed, once a second at most", async () => {
  const { told } = listen();
  await jest.advanceTimersByTimeAsync(3000);
  expect(messagesIn(told)).toEqual([0]);
  for (messages = 1; messages < 4; messages += 1) await jest.advanceTimersByTimeAsync(300);
  expect(messagesIn(told).length).toBeLessThanOrEqual(2);
  await jest.advanceTimersByTimeAsync(2000);
  expect(messagesIn(told).at(-1)).toBe(4);
});

test("asks for nothing while nobody listens", async () => {
  const read = jest.fn();
  changes.publish({}, read);
  await jest.advanceTimersByTimeAsync(5000);
  expect([reads, read.mock.calls]).toEqual([0, []]);
  const { unsubscribe } = listen();
  await jest.advanceTimersByTimeAsync(2000);
  expect(reads).toBe(2);
  unsubscribe();
  await jest.advanceTimersByTimeAsync(5000);
  expect(reads).toBe(2);
  // Who comes later is told, too.
  const { told } = listen();
  await jest.advanceTimersByTimeAsync(1000);
  expect(messagesIn(told)).toEqual([0]);
});

test("tells each listener, and goes on after the summary could not be read", async () => {
  const [one, other] = [listen(), listen()];
  failure = new Error("The emulator has ended.");
  await jest.advanceTimersByTimeAsync(2000);
  failure = undefined;
  messages = 7;
  await jest.advanceTimersByTimeAsync(1000);
  other.unsubscribe();
  changes.publish({}, () => logged("a line"));
  await jest.advanceTimersByTimeAsync(100);
  expect(messagesIn(one.told)).toEqual([7, "log"]);
  expect(messagesIn(other.told)).toEqual([7]);
});

test("tells of changes together, and of a run only as it is then, after its lines", async () => {
  const { told } = listen();
  const run = { id: "1", outcome: "running" };
  const publishRun = () => changes.publish(run, () => ({ type: "run", run: { ...run } as RunSummary }));
  publishRun();
  changes.publish({}, () => logged("first"));
  run.outcome = "processed";
  publishRun();
  expect(told).toEqual([]);
  await jest.advanceTimersByTimeAsync(100);
  expect(told).toEqual([logged("first"), { type: "run", run: { id: "1", outcome: "processed" } }]);
  publishRun();
  await jest.advanceTimersByTimeAsync(100);
  expect(told).toHaveLength(3);
});

test("tells a listener of all changes until it leaves, and of none before it came", () => {
  const early = listen();
  changes.publish({}, () => logged("before"));
  const late = listen();
  changes.publish({}, () => logged("after"));
  early.unsubscribe();
  changes.publish({}, () => logged("later"));
  changes.stop();
  expect(early.told).toEqual(["before", "after"].map(logged));
  expect(late.told).toEqual(["after", "later"].map(logged));
});
