import { setImmediate } from "node:timers/promises";
import { OutsideApplies } from "../../../start/follow/outside-applies";

const stateOf = (...types: string[]) =>
  JSON.stringify({
    outputs: {},
    resources: types.map((type) => ({ mode: "managed", type, name: "a", instances: [{ attributes: { id: "1" } }] })),
  });

describe("an apply by others", () => {
  let stored: string;
  let served: string[][];
  let notices: string[];
  let failures: Error[];
  let outside: OutsideApplies;

  beforeEach(async () => {
    jest.useFakeTimers({ doNotFake: ["setImmediate"] });
    stored = stateOf("aws_own");
    [served, notices, failures] = [[], [], []];
    outside = new OutsideApplies({
      read: async () => stored,
      onApplied: async (state) => {
        const failure = failures.shift();
        if (failure) throw failure;
        served.push((state?.resources ?? []).map(({ address }) => address));
      },
      onNotice: (notice) => notices.push(notice),
    });
    await outside.readOwn();
  });
  afterEach(() => {
    outside.end();
    jest.useRealTimers();
  });

  test("is served, with one line, and the own state is not", async () => {
    outside.begin();
    await setImmediate();
    expect([served, notices]).toEqual([[], []]);
    stored = stateOf("aws_own", "aws_other");
    for (let write = 0; write < 3; write += 1) outside.look();
    await setImmediate();
    expect(served).toEqual([["aws_own.a", "aws_other.a"]]);
    expect(notices).toEqual(["Another apply has changed the system. npm start serves it as it is now."]);
    stored = "";
    outside.look();
    await setImmediate();
    expect(served.at(-1)).toEqual([]);
  });

  test("that came during the start is served after it", async () => {
    stored = stateOf("aws_other");
    await setImmediate();
    expect(served).toEqual([]);
    outside.begin();
    await setImmediate();
    expect(served).toEqual([["aws_other.a"]]);
  });

  test("waits for an apply of its own, whose writes are no apply by others", async () => {
    outside.begin();
    let goOn = () => {};
    const own = outside.inTurn(async () => {
      await new Promise<void>((done) => {
        goOn = done;
      });
      await outside.readOwn();
      throw new Error("half applied");
    });
    await setImmediate();
    stored = stateOf("aws_saved");
    outside.look();
    await setImmediate();
    goOn();
    await expect(own).rejects.toThrow("half applied");
    await setImmediate();
    expect(served).toEqual([]);
    // An own turn that applies nothing hides no apply by others.
    await outside.inTurn(async () => {
      stored = stateOf("aws_other");
      outside.look();
    });
    await setImmediate();
    expect(served).toEqual([["aws_other.a"]]);
  });

  test("is tried again until it can be served, and the reason is one line", async () => {
    outside.begin();
    failures = [new Error("busy"), new Error("busy")];
    stored = stateOf("aws_other");
    outside.look();
    for (let time = 0; time < 3; time += 1) {
      await setImmediate();
      jest.advanceTimersByTime(2000);
    }
    await setImmediate();
    expect(served).toEqual([["aws_other.a"]]);
    expect(notices).toEqual([
      "npm start does not serve yet what another apply changed: busy",
      expect.stringContaining("serves it as it is now"),
    ]);
  });
});
