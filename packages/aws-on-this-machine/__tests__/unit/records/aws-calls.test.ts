import { AwsCalls } from "../../../records/aws-calls";

let answer: Response;
let asked: string[];
beforeEach(() => {
  asked = [];
  jest.spyOn(globalThis, "fetch").mockImplementation(async (url) => {
    asked.push(String(url));
    return answer;
  });
});
afterEach(() => jest.restoreAllMocks());

const calls = new AwsCalls("http://emulator");

test("reads the calls of a trace, with the keys of items", async () => {
  const kept = { service: "dynamodb", operation: "PutItem", resource: "orders", status: 200, time: 1000 };
  const key = { id: { S: "a" }, bytes: { B: "Af8=" }, line: { N: "1" } };
  answer = Response.json({ calls: [{ ...kept, key }, kept] });
  expect(await calls.of("1-2&3")).toEqual([
    { ...kept, key: { id: { S: "a" }, bytes: { B: Uint8Array.from([1, 255]) }, line: { N: "1" } } },
    kept,
  ]);
  expect(asked).toEqual(["http://emulator/_emulator/calls?root=1-2%263"]);
});

test("reads the keys that were written last", async () => {
  answer = Response.json({ keys: [{ id: { S: "b" } }, { id: { S: "a" } }] });
  expect(await calls.written("my table", 7)).toEqual([{ id: { S: "b" } }, { id: { S: "a" } }]);
  expect(asked).toEqual(["http://emulator/_emulator/written?table=my%20table&limit=7"]);
});

test.each([
  ["an error", () => Response.json({ message: "no" }, { status: 404 })],
  ["XML", () => new Response("<Error/>")],
])("knows no calls of another emulator, which answers with %s", async (_what, make) => {
  answer = make();
  expect(await calls.of("1-2-3")).toBeUndefined();
  answer = make();
  expect(await calls.written("orders", 7)).toEqual([]);
});
