import { Agent, type IncomingMessage, request, type ServerResponse } from "node:http";
import { networkInterfaces } from "node:os";
import { text } from "node:stream/consumers";
import { close, listen, readBody, serverUrl, urlsForOthers } from "../../server";

/** A server that has received a request over a connection that stays open, and has not answered yet. */
async function whileAnswering() {
  const server = await listen(0, "--port");
  const agent = new Agent({ keepAlive: true });
  const received = new Promise<ServerResponse>((done) => server.once("request", (_, response) => done(response)));
  const answer = new Promise<string>((done, fail) => {
    request(serverUrl(server), { agent }, (message) => done(text(message)))
      .on("error", fail)
      .end();
  });
  return { server, agent, answer, response: await received };
}

test("with a grace, a server answers what it has received, and then closes kept connections, too", async () => {
  const { server, agent, answer, response } = await whileAnswering();
  // Otherwise the connection would be closed after this time.
  server.keepAliveTimeout = 0;
  const closed = close(server, 600_000);
  response.end("the answer");
  expect(await answer).toBe("the answer");
  await closed;
  agent.destroy();
});

test.each([0, 50])("after a grace of %d ms, it cuts off what it has not answered", async (graceMs) => {
  const { server, answer } = await whileAnswering();
  const refused = expect(answer).rejects.toThrow("socket hang up");
  await close(server, graceMs);
  await refused;
});

/** A request of ten bytes, of which the server has received the head and some. */
async function whileSending(sent: string) {
  const server = await listen(0, "--port");
  const received = new Promise<IncomingMessage>((done) => server.once("request", (message) => done(message)));
  const client = request(serverUrl(server), { method: "POST", headers: { "content-length": 10 } });
  client.on("error", () => {}).write(sent);
  return { server, client, message: await received };
}

test.each([
  [10, Buffer.from("0123456789")],
  [9, "too large"],
])("a body of ten bytes, of at most %d, is read to its end", async (maxBytes, expected) => {
  const { server, client, message } = await whileSending("012");
  const body = readBody(message, maxBytes);
  client.write("3456");
  client.end("789");
  expect(await body).toEqual(expected);
  await close(server);
});

test.each([
  ["while it is read", false],
  ["before it is read", true],
])("a body whose client goes away %s is incomplete", async (_when, isEarly) => {
  const { server, client, message } = await whileSending("012");
  const early = isEarly ? undefined : readBody(message, 10);
  client.destroy();
  await new Promise((done) => message.once("close", done));
  expect(await (early ?? readBody(message, 10))).toBe("incomplete");
  await close(server);
});

test("only a server of all addresses has URLs for others, one for each address of the machine", async () => {
  const own = await listen(0, "--port");
  const open = await listen(0, "--port", {}, "0.0.0.0");
  const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  const expected = addresses.filter(({ family, internal }) => family === "IPv4" && !internal);
  const port = new URL(serverUrl(open)).port;
  expect(serverUrl(open)).toBe(`http://127.0.0.1:${port}`);
  expect(urlsForOthers(open)).toEqual(expected.map(({ address }) => `http://${address}:${port}`));
  expect(urlsForOthers(own)).toEqual([]);
  await Promise.all([close(own), close(open)]);
});

test("an address of another machine is refused with one line", async () => {
  await expect(listen(0, "--port", {}, "192.0.2.1")).rejects.toThrow(
    "192.0.2.1 is no address of this machine; use 0.0.0.0 for all of its addresses.",
  );
});
