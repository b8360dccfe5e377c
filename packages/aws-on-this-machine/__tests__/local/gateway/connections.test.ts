import { repetitions } from "@local/command-line/testing/repetitions";
import { describeWithPython, until } from "../echo-api";
import { SmallFunction } from "../function/small-function";
import { answersIn, LAST, post, type RawClient, request, ServedGateway } from "./raw-sockets";

const paths = Array.from({ length: repetitions(1000, 30) }, (_, number) => `/${number}`);

let gateway: ServedGateway;
beforeEach(async () => {
  gateway = await ServedGateway.start();
});
afterEach(async () => {
  // Whatever a client has done, the next one is served.
  expect(answersIn(await gateway.send(LAST))).toEqual(["200 /last"]);
  await gateway.stop();
});

describe("requests in one write", () => {
  test("are answered in order, and the function gets each after the answer to the one before", async () => {
    gateway.hold("/slow");
    const client = gateway.connect();
    client.write(post("/slow") + post("/second") + post("/third", "{}", ["connection: close"]));
    await until(() => gateway.events.length > 0);
    // By now, it would have got the second.
    await gateway.send(LAST);
    expect([client.received, gateway.events]).toEqual(["", ["POST /slow {}", "POST /last"]]);
    gateway.open("/slow");
    expect(answersIn(await client.closed)).toEqual(["200 /slow", "200 /second", "200 /third"]);
    expect(gateway.events.slice(2)).toEqual(["POST /second {}", "POST /third {}"]);
  });

  test("are answered, each once, where there are many", async () => {
    const received = await gateway.send(paths.map((path) => post(path)).join("") + LAST);
    expect(answersIn(received)).toEqual([...paths, "/last"].map((path) => `200 ${path}`));
    expect(gateway.events).toEqual([...paths.map((path) => `POST ${path} {}`), "POST /last"]);
  });

  test("are answered where they come byte by byte", async () => {
    const client = gateway.connect();
    for (const byte of post("/first") + LAST) {
      client.write(byte);
      await new Promise(setImmediate);
    }
    expect(answersIn(await client.closed)).toEqual(["200 /first", "200 /last"]);
  });

  test.each([
    ["one that wants no further", post("/first", "{}", ["connection: close"]), "200 /first"],
    [
      "one that wants another protocol",
      request("GET /first HTTP/1.1", ["host: x", "connection: upgrade", "upgrade: h2c"]),
      "200 /first",
    ],
    ["one without a host", request("POST /first HTTP/1.1", ["content-length: 2"], "{}"), "400"],
    ["one with an unknown expectation", post("/first", "{}", ["expect: the-unexpected"]), "417"],
  ])("end with %s, after which the function gets nothing", async (_what, first, answer) => {
    const received = await gateway.send(post("/before") + first + post("/after") + post("/after"));
    expect(answersIn(received)).toEqual(["200 /before", answer]);
    expect(received).toMatch(/^connection: close\r$/im);
    expect(gateway.events.filter((event) => event.includes("after"))).toEqual([]);
    expect(gateway.answered).toHaveLength(2);
  });

  test.each([
    ["is no request", "NONSENSE\r\n\r\n"],
    ["asks for a tunnel", request("CONNECT x:80 HTTP/1.1", ["host: x"])],
  ])("are answered before what %s", async (_what, bytes) => {
    gateway.hold("/slow");
    const client = gateway.connect();
    client.write(post("/slow") + bytes);
    await until(() => gateway.events.length > 0);
    gateway.open("/slow");
    expect(answersIn(await client.closed)).toEqual(["200 /slow", "400"]);
  });
});

const UPLOADS = [
  ["a length", "content-length: 10", "abc"],
  ["chunks", "transfer-encoding: chunked", "3\r\nabc\r\n"],
] as const;

describe("a client that closes its side", () => {
  const get = request("GET /slow HTTP/1.1", ["host: x"]);
  const chunked = request("POST /slow HTTP/1.1", ["host: x", "transfer-encoding: chunked"], "2\r\n{}\r\n0\r\n\r\n");
  test.each([
    ["a request", get, ["200 /slow"]],
    ["a request with a length", post("/slow"), ["200 /slow"]],
    ["a request with chunks", chunked, ["200 /slow"]],
    ["several requests", post("/slow") + post("/second") + post("/third"), ["200 /slow", "200 /second", "200 /third"]],
  ])("after %s is answered, and then the connection ends", async (_what, bytes, answers) => {
    gateway.hold("/slow");
    const client = gateway.connect();
    client.write(bytes);
    client.finish();
    await until(() => gateway.events.length > 0);
    gateway.open("/slow");
    expect(answersIn(await client.closed)).toEqual(answers);
    expect(gateway.events).toHaveLength(answers.length);
  });

  test.each(UPLOADS)(
    "in the middle of a body with %s is answered 400, and the function gets nothing",
    async (_what, header, part) => {
      const client = gateway.connect();
      client.write(post("/before") + request("POST /first HTTP/1.1", ["host: x", header], part));
      client.finish();
      expect(answersIn(await client.closed)).toEqual(["200 /before", "400"]);
      expect(gateway.events).toEqual(["POST /before {}"]);
    },
  );

  test("in the middle of a head is answered 400", async () => {
    const client = gateway.connect();
    client.write("POST /first HTTP/1.1\r\nhost:");
    client.finish();
    expect(answersIn(await client.closed)).toEqual(["400"]);
    expect(gateway.events).toEqual([]);
  });
});

const WAYS: [string, (client: RawClient) => void][] = [
  ["in the orderly way", (client) => client.leave()],
  ["with a reset", (client) => client.reset()],
];

describe.each(WAYS)("a client that goes away %s", (_how, goAway) => {
  test.each(UPLOADS)("in the middle of a body with %s leaves nothing to the function", async (_what, header, part) => {
    const client = gateway.connect();
    client.write(post("/before") + request("POST /first HTTP/1.1", ["host: x", header], part));
    await until(() => answersIn(client.received).length > 0);
    goAway(client);
    await gateway.deserted();
    expect(gateway.events).toEqual(["POST /before {}"]);
  });

  test("before the answer has its request handled once, and the answer is counted", async () => {
    gateway.hold("/slow");
    const client = gateway.connect();
    client.write(post("/slow"));
    await until(() => gateway.events.length > 0);
    goAway(client);
    await client.closed;
    gateway.open("/slow");
    await gateway.deserted();
    await until(() => gateway.answered.length > 0);
    expect([gateway.events, gateway.statuses]).toEqual([["POST /slow {}"], [200]]);
  });
});

test("what waits for its turn is not handled any more, where the client is known to be gone", async () => {
  gateway.hold("/slow");
  const client = gateway.connect();
  client.write(post("/slow") + post("/second") + post("/third"));
  await until(() => gateway.events.length > 0);
  client.reset();
  await gateway.deserted();
  gateway.open("/slow");
  await until(() => gateway.answered.length > 0);
  expect(gateway.events).toEqual(["POST /slow {}"]);
});

test("many requests at once are answered, each once", async () => {
  const received = await Promise.all(paths.map((path) => gateway.send(post(path, "{}", ["connection: close"]))));
  expect(received.flatMap(answersIn)).toEqual(paths.map((path) => `200 ${path}`));
  expect([...gateway.events].sort()).toEqual(paths.map((path) => `POST ${path} {}`).sort());
});

/** Logs each event that it gets. */
const LOGS = `
def handler(event, context):
    print(event["rawPath"])
    return event["rawPath"]
`;

describeWithPython("many requests at once for a real function", () => {
  afterEach(() => SmallFunction.stopAll());

  test("are answered, and given to it once or refused", async () => {
    const { runtime, log } = await SmallFunction.start(LOGS);
    await runtime.warmUp();
    const served = await ServedGateway.start((event, id) => runtime.invoke(event, id, ""));
    const received = await Promise.all(paths.map((path) => served.send(post(path, "{}", ["connection: close"]))));
    await served.stop();
    const answers = received.map((each) => answersIn(each).join());
    // On a machine that is busy, an event may wait too long for a process, or the answer take too long.
    const pathsOf = (status: string) => paths.filter((_path, index) => answers[index]?.startsWith(status));
    const [processed, late, refused] = ["200", "503", "429"].map(pathsOf) as [string[], string[], string[]];
    expect(processed.length).toBeGreaterThan(0);
    expect(processed.length + late.length + refused.length).toBe(paths.length);
    expect(answers.filter((answer) => answer.startsWith("200"))).toEqual(processed.map((path) => `200 ${path}`));
    const given = [...log].sort();
    expect(given.filter((path) => !late.includes(path))).toEqual(processed.sort());
    expect(given).toEqual([...new Set(given)]);
  });
});
