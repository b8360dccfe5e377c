import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { describeWithPython, EchoApi } from "./echo-api";

describeWithPython("a request that is not HTTP", () => {
  let echo: EchoApi;
  let url: string;
  beforeAll(async () => {
    echo = await EchoApi.start();
    url = await echo.serve(echo.function());
  });
  afterAll(() => echo?.stop());

  /** Sends bytes, and returns all that comes back until the server closes the connection. */
  async function sendRaw(bytes: string): Promise<string> {
    const socket = connect(Number(new URL(url).port), "127.0.0.1");
    socket.write(bytes);
    return text(socket);
  }

  const HEAD = "POST /orders HTTP/1.1\r\nhost: x\r\n";

  test.each([
    ["with a first line that is none", "NONSENSE\r\n\r\n", 400, "-"],
    ["with headers above the limit", `${HEAD}x: ${"x".repeat(20_000)}\r\n\r\n`, 431, "-"],
    ["with two lengths", `${HEAD}content-length: 1\r\ntransfer-encoding: chunked\r\n\r\n`, 400, "-"],
    ["without a host", "POST /orders HTTP/1.1\r\n\r\n", 400, "/orders"],
    ["with an unknown expectation", `${HEAD}expect: the-unexpected\r\n\r\n`, 417, "/orders"],
    ["with a chunk that is none", `${HEAD}transfer-encoding: chunked\r\n\r\n1\r\nx\r\nnone\r\n`, 400, "/orders"],
  ])("%s is answered, logged and counted", async (_what, bytes, status, path) => {
    const answer = await sendRaw(bytes);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} .*"message":"`, "s"));
    const [, id] = /apigw-requestid: (\S+)/.exec(answer) ?? [];
    expect(echo.lastLogged()).toMatchObject({ id, status: String(status), path });
    expect(echo.answered.at(-1)).toMatchObject({ request: { requestId: id, path }, answer: { status } });
  });

  test("does not take the place of the answer to the request before it", async () => {
    const before = echo.answered.length;
    const answer = await sendRaw(`${HEAD}content-length: 2\r\n\r\n{}NONSENSE\r\n\r\n`);
    expect(answer.match(/HTTP\/1.1 \d+/g)).toEqual(["HTTP/1.1 200", "HTTP/1.1 400"]);
    expect(echo.answered.slice(before).map(({ answer }) => answer.status)).toEqual([200, 400]);
  });
});
