import { renderArchivedLog, renderItems, renderRuns } from "../../../terminal/tables";
import { controlCharacters, NOON, plain, request, scheduled } from "./samples";

const rows = (text: string) => plain(text).split("\n");

test("runs are a table, the newest last", () => {
  const newest = request({
    id: "lmnopqrstuv",
    status: 500,
    path: "/a/longer/path",
    error: "ValueError: x",
    milliseconds: 7,
  });
  expect(rows(renderRuns([newest, scheduled(), request()]))).toEqual([
    "12:00:00  200  POST      /orders         12 ms  JKJaXmPL",
    "12:00:00  ok   schedule  Daily           12 ms  event-1",
    "12:00:00  500  POST      /a/longer/path  7 ms   lmnopqrs  ValueError: x",
  ]);
});

test("runs of several functions have their names", () => {
  const runs = [scheduled({ functionName: "Worker" }), request({ functionName: "Orders" })];
  expect(rows(renderRuns(runs))).toEqual([
    "12:00:00  200  POST      /orders  Orders  12 ms  JKJaXmPL",
    "12:00:00  ok   schedule  Daily    Worker  12 ms  event-1",
  ]);
  expect(renderRuns(runs.slice(1))).not.toContain("Orders");
});

test("a table is as wide as the terminal: what is long loses its middle", () => {
  const long = request({ path: "/p".repeat(80), status: 400, error: "error ".repeat(20).trim() });
  const [first = "", second = ""] = rows(renderRuns([request(), long], 90));
  expect(first).toHaveLength(90);
  expect(first).toMatch(/^12:00:00 {2}400 {2}POST {2}\/p[/p]+…[/p]+p {2}12 ms {2}JKJaXmPL {2}error .*….*error$/);
  expect(second).toMatch(/^12:00:00 {2}200 {2}POST {2}\/orders +12 ms {2}JKJaXmPL$/);
});

test("in a terminal that is too narrow, what is short stays whole", () => {
  const [line = ""] = rows(renderRuns([request({ path: "/p".repeat(80), status: 400, error: "wrong" })], 20));
  expect(line).toMatch(/^12:00:00 {2}400 {2}POST {2}.{12} {2}12 ms {2}JKJaXmPL {2}wrong$/);
});

test("without a terminal nothing is cut, and a long cell moves no other line", () => {
  const long = request({ path: "/p".repeat(80) });
  const [first = "", second = ""] = rows(renderRuns([request(), long]));
  expect(first).toContain(long.path);
  expect(second.length).toBeLessThan(80);
});

test("items are a table: the values of their keys, then the other attributes", () => {
  const items = [
    { text: "x".repeat(99), sku: 7, warehouse: "north" },
    { warehouse: "south-west", sku: 12, tags: ["a"] },
  ];
  expect(rows(renderItems(items, ["warehouse", "sku"], 60))).toEqual([
    'south-west  12  {"tags":["a"]}',
    expect.stringMatching(/^north {7}7 {3}\{"text":"x+…x+"\}$/),
  ]);
});

describe("the archived log", () => {
  const api = { url: "http://127.0.0.1:3000", logGroup: "/aws/vendedlogs/apigateway/api" } as never;
  const objects = [{ key: "requests/2026/lines.gz", bytes: 100, time: NOON }];
  const line = (requestId: string, status: string) => {
    const head = { requestId, requestTime: "26/Nov/2020:22:59:31 +0000", method: "GET", path: "/a", status };
    return JSON.stringify({ ...head, responseLatency: "5", responseLength: "119" });
  };

  test("is a table, the newest last", () => {
    const lines = [line("new-123456", "500"), line("old-123456", "200")];
    const text = rows(renderArchivedLog({ objects, lines }, { apis: [api] }, []));
    expect(text.map((each) => each.replace(/^2020-11-\d\d \d\d:\d\d:31/, "TIME"))).toEqual([
      "TIME  200  GET  /a  5 ms  119 bytes  old-1234",
      "TIME  500  GET  /a  5 ms  119 bytes  new-1234",
      "Newest object: requests/2026/lines.gz",
    ]);
  });

  test("of another format stays as it is", () => {
    expect(rows(renderArchivedLog({ objects, lines: ["two\u001b", '{"id":"one"}'] }, { apis: [api] }, []))).toEqual([
      '{"id":"one"}',
      "two�",
      "Newest object: requests/2026/lines.gz",
    ]);
  });

  test.each([
    [
      "there is no access log",
      { url: "http://127.0.0.1:3000", logGroup: "" },
      [request()],
      /No API has an access log\.$/,
    ],
    ["nothing was answered", api, [scheduled()], /No request .* yet: send one to http:\/\/127\.0\.0\.1:3000\.$/],
    ["it takes a moment", api, [request()], /ask again in a moment\.$/],
  ])("that is empty says that %s", (_why, ofApi, runs, expected) => {
    const text = renderArchivedLog({ objects: [], lines: [] }, { apis: [ofApi as never] }, runs);
    expect(text).toMatch(expected);
    expect(text).toMatch(/^No log lines in the archive\. /);
  });
});

test("log lines that are lost are told, whatever is there", () => {
  const failure = "The specified log group does not exist.\u001b";
  const told = "The newest access-log lines are lost: The specified log group does not exist.�";
  const system = { apis: [{ url: "", logGroup: "group" }] } as never;
  const empty = renderArchivedLog({ objects: [], lines: [], failure }, system, [request()]);
  expect(empty).toBe(`No log lines in the archive. ${told}`);
  const objects = [{ key: "a.gz", bytes: 1, time: NOON }];
  const text = renderArchivedLog({ objects, lines: ["one"], failure }, system, []);
  expect(plain(text)).toBe(`one\nNewest object: a.gz\n${told}`);
});

test("what is empty says so", () => {
  expect(renderRuns([])).toBe("No request yet.");
  expect(renderItems([], ["id"])).toBe("No items yet.");
});

test("control characters do not reach the terminal", () => {
  const evil = "a\u001b]0;x\u0007\nb";
  const text = renderItems([{ id: evil, [evil]: evil }], ["id", "none"]);
  expect(rows(text)).toHaveLength(1);
  expect(controlCharacters(text)).toEqual([]);
});
