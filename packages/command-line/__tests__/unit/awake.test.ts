import { afterAwake, within } from "../../process/awake";

let asleep = 0;
beforeEach(() => {
  jest.useFakeTimers();
  asleep = 0;
  const { now } = performance;
  jest.spyOn(performance, "now").mockImplementation(() => now.call(performance) + asleep);
});
afterEach(() => {
  jest.restoreAllMocks();
  jest.useRealTimers();
});

test("a time limit passes while the process is awake", () => {
  const act = jest.fn();
  afterAwake(3500, act);
  jest.advanceTimersByTime(3499);
  expect(act).not.toHaveBeenCalled();
  jest.advanceTimersByTime(1);
  expect(act).toHaveBeenCalledTimes(1);
});

test("a time limit does not pass while the machine sleeps, not even one that is almost over", () => {
  const act = jest.fn();
  afterAwake(3500, act);
  jest.advanceTimersByTime(3400);
  asleep = 600_000;
  jest.advanceTimersByTime(100);
  expect(act).not.toHaveBeenCalled();
  jest.advanceTimersByTime(500);
  expect(act).toHaveBeenCalledTimes(1);
});

test("a time limit that is cancelled never passes", () => {
  const act = jest.fn();
  const cancel = afterAwake(3500, act);
  jest.advanceTimersByTime(2500);
  cancel();
  jest.advanceTimersByTime(10_000);
  expect(act).not.toHaveBeenCalled();
});

test("a result that comes within its time limit is the result, and a later one is not awaited", async () => {
  const later = new Promise<string>((done) => setTimeout(() => done("late"), 2000));
  const results = Promise.all([within(1500, Promise.resolve("early")), within(1500, later)]);
  await jest.advanceTimersByTimeAsync(1500);
  expect(await results).toEqual(["early", undefined]);
});
