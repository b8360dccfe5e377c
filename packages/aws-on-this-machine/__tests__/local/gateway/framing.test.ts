import { answersIn, LAST, request, ServedGateway } from "./raw-sockets";

/** What a request is followed by that claims to end elsewhere. Whoever reads it as a request lets it in past all checks. */
const SMUGGLED = request("GET /smuggled HTTP/1.1", ["host: x", "connection: close"]);
const CHUNKS = "0\r\n\r\n";

describe("a request whose end is unclear", () => {
  let gateway: ServedGateway;
  beforeEach(async () => {
    gateway = await ServedGateway.start();
  });
  afterEach(async () => {
    await gateway.stop();
    expect(gateway.events).toEqual([]);
  });

  /** It is refused, and with it all that follows. */
  async function expectRefusal(bytes: string): Promise<void> {
    expect(answersIn(await gateway.send(`${bytes}${SMUGGLED}${SMUGGLED}`))).toEqual(["400"]);
    expect(gateway.statuses).toEqual([400]);
  }

  const LENGTH = "content-length: 5";
  const CHUNKED = "transfer-encoding: chunked";

  test.each([
    ["a length and chunks", [LENGTH, CHUNKED], CHUNKS],
    ["chunks and a length", [CHUNKED, LENGTH], CHUNKS],
    ["two lengths", ["content-length: 0", LENGTH], ""],
    ["the same length twice", [LENGTH, LENGTH], "12345"],
    ["a list of lengths", ["content-length: 5, 5"], "12345"],
    ["a length with a sign", ["content-length: +5"], "12345"],
    ["a length below zero", ["content-length: -1"], ""],
    ["a length in hexadecimal", ["content-length: 0x5"], "12345"],
    ["a length above 2^64", ["content-length: 18446744073709551617"], "1"],
    ["an empty length", ["content-length:"], ""],
    ["two numbers as a length", ["content-length: 0 5"], "12345"],
    ["a space after a header's name", ["content-length : 5"], "12345"],
    ["an unknown coding", ["transfer-encoding: xchunked"], CHUNKS],
    ["an unknown coding and a length", [LENGTH, "transfer-encoding: xchunked"], CHUNKS],
    ["no coding by name", ["transfer-encoding: identity"], ""],
    ["an empty coding", ["transfer-encoding:"], ""],
    ["a coding in quotes", ['transfer-encoding: "chunked"'], CHUNKS],
    ["chunks that are not the last coding", ["transfer-encoding: chunked, identity"], CHUNKS],
    ["chunks twice", ["transfer-encoding: chunked, chunked"], CHUNKS],
    ["chunks in two headers", [CHUNKED, CHUNKED], CHUNKS],
    ["chunks below another coding", ["transfer-encoding: gzip, chunked"], CHUNKS],
    ["chunks after another coding's header", ["transfer-encoding: identity", CHUNKED], CHUNKS],
    ["chunks before another coding's header", [CHUNKED, "transfer-encoding: identity"], CHUNKS],
    ["a space after the coding's name", ["transfer-encoding : chunked"], CHUNKS],
    ["a vertical tab before the coding", ["transfer-encoding: \x0bchunked"], CHUNKS],
    ["a space before the coding's name", [" transfer-encoding: chunked"], CHUNKS],
    ["a coding on the next line", ["transfer-encoding:", " chunked"], CHUNKS],
    ["a length on the next line", ["content-length:", " 0"], ""],
    ["a folded header that looks like a coding", ["x: a", " transfer-encoding: chunked", LENGTH], CHUNKS],
    ["a line feed alone before the coding", ["x: a\ntransfer-encoding: chunked", LENGTH], CHUNKS],
    ["a carriage return alone before the coding", ["x: a\rtransfer-encoding: chunked"], CHUNKS],
    ["a NUL in a header", ["x: a\0", "content-length: 0"], ""],
    ["a second host", ["host: y", "content-length: 0"], ""],
  ])("is refused, with all that follows: %s", async (_what, headers, body) => {
    await expectRefusal(request("POST /first HTTP/1.1", ["host: x", ...headers], body));
  });

  test.each([
    ["a size above 2^64", "FFFFFFFFFFFFFFFFF\r\n"],
    ["a size that is zero in 64 bits", "10000000000000000\r\n\r\n0\r\n\r\n"],
    ["a size below zero", "-1\r\n\r\n"],
    ["a size with a sign", "+2\r\n{}\r\n0\r\n\r\n"],
    ["a size that says it is hexadecimal", "0x2\r\n{}\r\n0\r\n\r\n"],
    ["a size after a space", " 2\r\n{}\r\n0\r\n\r\n"],
    ["a size before a space", "2 \r\n{}\r\n0\r\n\r\n"],
    ["no size", "\r\n\r\n"],
    ["a line feed alone after the size", "2\n{}\r\n0\r\n\r\n"],
    ["a line feed alone after an extension", "2;a\n{}\r\n0\r\n\r\n"],
    ["more bytes than its size", "2\r\n{}xx\r\n0\r\n\r\n"],
    ["no line's end after its bytes", "2\r\n{}0\r\n\r\n"],
    ["a length in the trailer", "0\r\ncontent-length: 5\r\n\r\n"],
    ["a coding in the trailer", "0\r\ntransfer-encoding: chunked\r\n\r\n"],
  ])("is refused, with all that follows: a chunk with %s", async (_what, chunks) => {
    await expectRefusal(request("POST /first HTTP/1.1", ["host: x", CHUNKED], chunks));
  });

  test.each([
    ["HTTP/1.0, with chunks", "POST /first HTTP/1.0", ["host: x", "connection: keep-alive", CHUNKED], CHUNKS],
    ["HTTP/1.2", "POST /first HTTP/1.2", ["host: x", "content-length: 0"], ""],
    ["HTTP/2.0", "POST /first HTTP/2.0", ["host: x", "content-length: 0"], ""],
    ["HTTP/0.9", "GET /first", ["host: x"], ""],
    ["no host, and no chunk", "POST /first HTTP/1.1", [CHUNKED], "x\r\n"],
    ["a tunnel", "CONNECT x:80 HTTP/1.1", ["host: x"], ""],
    ["lines that end in a line feed alone", "POST /first HTTP/1.1\nhost: x\ncontent-length: 0\n\n", [], ""],
  ])("is refused, with all that follows: %s", async (_what, line, headers, body) => {
    await expectRefusal(request(line, headers, body));
  });
});

describe("a request whose end is clear", () => {
  let gateway: ServedGateway;
  beforeEach(async () => {
    gateway = await ServedGateway.start();
  });
  afterEach(() => gateway.stop());

  const chunk = (extension: string, trailer: string) =>
    `${SMUGGLED.length.toString(16)}${extension}\r\n${SMUGGLED}\r\n0\r\n${trailer}\r\n`;

  test.each([
    ["a length, for a body that looks like a request", `content-length: ${SMUGGLED.length}`, SMUGGLED],
    ["chunks", "transfer-encoding: chunked", chunk("", "")],
    ["chunks in capitals, in white space", "Transfer-Encoding:\tCHUNKED ", chunk("", "")],
    ["chunks with an extension", "transfer-encoding: chunked", chunk(";a=b", "")],
    ["chunks with a trailer", "transfer-encoding: chunked", chunk("", "x: a\r\n")],
  ])("has %s", async (_what, header, body) => {
    for (const method of ["POST", "GET"]) {
      gateway.events.length = 0;
      const received = await gateway.send(request(`${method} /first HTTP/1.1`, ["host: x", header], body) + LAST);
      expect(answersIn(received)).toEqual(["200 /first", "200 /last"]);
      expect(gateway.events).toEqual([`${method} /first ${SMUGGLED}`.trim(), "POST /last"]);
    }
  });
});

describe("a request that is not HTTP", () => {
  let gateway: ServedGateway;
  beforeAll(async () => {
    gateway = await ServedGateway.start();
  });
  afterAll(() => gateway.stop());

  const HEAD = "POST /orders HTTP/1.1\r\nhost: x\r\n";

  test.each([
    ["with a first line that is none", "NONSENSE\r\n\r\n", 400, "-"],
    ["with headers above the limit", `${HEAD}x: ${"x".repeat(20_000)}\r\n\r\n`, 431, "-"],
    ["with two lengths", `${HEAD}content-length: 1\r\ntransfer-encoding: chunked\r\n\r\n`, 400, "-"],
    ["without a host", "POST /orders HTTP/1.1\r\n\r\n", 400, "/orders"],
    ["with an unknown expectation", `${HEAD}expect: the-unexpected\r\n\r\n`, 417, "/orders"],
    ["with a chunk that is none", `${HEAD}transfer-encoding: chunked\r\n\r\n1\r\nx\r\nnone\r\n`, 400, "/orders"],
  ])("%s is answered, logged and counted", async (_what, bytes, status, path) => {
    const answer = await gateway.send(bytes);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} .*"message":"`, "s"));
    const [, id] = /apigw-requestid: (\S+)/.exec(answer) ?? [];
    expect(gateway.lastLogged()).toMatchObject({ id, status: String(status), path });
    expect(gateway.answered.at(-1)).toMatchObject({ request: { requestId: id, path }, answer: { status } });
  });

  test("does not take the place of the answer to the request before it", async () => {
    const before = gateway.statuses.length;
    const answer = await gateway.send(`${HEAD}content-length: 2\r\n\r\n{}NONSENSE\r\n\r\n`);
    expect(answersIn(answer)).toEqual(["200 /orders", "400"]);
    expect(gateway.statuses.slice(before)).toEqual([200, 400]);
  });
});
