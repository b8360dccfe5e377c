import { fireSchedules, showItems } from "../../../start/keys";
import { sendOnce } from "../../../start/once";
import { FakeSystem, GROWN } from "../../local/fake-system";
import { plain } from "../terminal/samples";

let system: FakeSystem;
beforeEach(() => {
  system = new FakeSystem(() => 0);
});

describe("the keys", () => {
  test("fire the only schedule, or each, and tell a notice once", async () => {
    expect(await fireSchedules(system)).toBeUndefined();
    expect(system.fired).toEqual(["DailySchedule"]);
    system.setState(GROWN);
    const fire = system.fireSchedule.bind(system);
    system.fireSchedule = async (name) => (await fire(name)).map((run) => ({ ...run, notice: "It is disabled." }));
    expect(await fireSchedules(system)).toBe("It is disabled.");
    expect(system.fired).toEqual(["DailySchedule", "DailySchedule", "Nightly"]);
    system.setState({ schedules: [] });
    expect(await fireSchedules(system)).toBe("The system has no schedule.");
  });

  test("show the items of the only table, or of each below its name", async () => {
    system.addRequest("/orders");
    const items =
      'request-0  {"Timestamp":"1970-01-01T00:00:00.000Z","Path":"/orders","Body":"{\\"hello\\":\\"world\\"}"}';
    expect(plain(await showItems(system))).toBe(items);
    system.setState(GROWN);
    expect(plain(await showItems(system))).toBe(`OrdersTable\n${items}\n\nStockTable\nNo items yet.`);
    system.setState({ tables: [] });
    expect(await showItems(system)).toBe("The system has no table.");
  });
});

describe("--once", () => {
  let printed: string[];
  let told: string[];
  beforeEach(() => {
    [printed, told] = [[], []];
    jest.spyOn(console, "log").mockImplementation((text) => void printed.push(text));
    jest.spyOn(console, "error").mockImplementation((text) => void told.push(text));
  });
  afterEach(() => jest.restoreAllMocks());

  test("prints the answer, the first item and all items", async () => {
    expect(await sendOnce(system, { method: "POST", path: "/orders", body: "{}" })).toBe(true);
    const item = expect.objectContaining({ RequestId: "request-0" });
    expect(JSON.parse(printed.join())).toEqual({
      answer: { status: 200, requestId: "request-0", body: { message: "Request processed successfully" } },
      item,
      items: [{ table: "OrdersTable", item }],
    });
    expect(told).toEqual([]);
  });

  test("is not satisfied without an item, or with an error, and says why", async () => {
    const answers = [200, 401];
    system.send = async ({ path }) => {
      const status = answers.shift() ?? 0;
      const requestId = system.addRequest(path, 500, { error: "no token" });
      return { status, requestId, body: "text" };
    };
    for (const _ of [1, 2]) expect(await sendOnce(system, { method: "GET", path: "/" })).toBe(false);
    expect(JSON.parse(printed[0] ?? "")).toMatchObject({ answer: { body: "text" }, item: null, items: [] });
    expect(told).toEqual([
      "The request stored no item.",
      expect.stringMatching(/^The request was answered 401: no token\. /),
    ]);
  });
});
