import { Agent, request, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { close, listen, serverUrl } from "../../../commands/cli/server";

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
