import { execFileSync, spawn } from "node:child_process";
import type { IncomingMessage, Server } from "node:http";
import { buffer, text } from "node:stream/consumers";
import { close, listen, serverUrl } from "@local/command-line/server";
import type { Body, RunRequest } from "../../../runs/run";
import { bytesBody, textBody } from "../fake/runs";

/** A module of the page that needs no browser. */
const { curlCommand, lambdaCommand, pythonEvent } = jest.requireActual("../../../console/browser/run/copies.js");

/** Headers that concern the connection and not the request. */
const NOT_COMPARED = ["host", "connection", "content-length", "transfer-encoding", "keep-alive"];

const ownHeaders = (headers: RunRequest["headers"]) =>
  headers.filter(([name]) => !NOT_COMPARED.includes(name.toLowerCase()));

function pairsOf(rawHeaders: readonly string[]): [string, string][] {
  const names = rawHeaders.filter((_, index) => index % 2 === 0);
  return names.map((name, index) => [name, Buffer.from(rawHeaders[2 * index + 1] ?? "", "latin1").toString()]);
}

describe("a request copied as curl", () => {
  let echo: Server;
  let received: { readonly message: IncomingMessage; readonly body: Buffer }[];
  beforeAll(async () => {
    echo = await listen(0, "");
    echo.on("request", async (message, response) => {
      received.push({ message, body: await buffer(message) });
      response.writeHead(201, { "x-answer": "yes" }).end("echoed");
    });
  });
  afterAll(() => close(echo));

  /** Runs the command; returns the request that came, and curl's output. */
  async function sendByCurl(request: RunRequest) {
    received = [];
    const shell = spawn("sh", ["-e"]);
    shell.stdin.end(curlCommand(serverUrl(echo), request));
    const [stdout, stderr] = await Promise.all([text(shell.stdout), text(shell.stderr)]);
    expect([stderr, received.length]).toEqual(["", 1]);
    const [{ message, body }] = received as [(typeof received)[0]];
    const headers = ownHeaders(pairsOf(message.rawHeaders));
    return { method: message.method, target: message.url, body, headers, stdout };
  }

  test.each<[string, string, string, Body]>([
    ["JSON", "POST", "/orders?a[0]=1&b={x,y}", textBody('{"it\'s": "$HOME `id` \\n"}')],
    ["several lines", "PUT", "/a/../b//%2e%2e/", textBody("@file\n'two'\n\n")],
    ["control characters", "PATCH", "/", textBody("a\r\nb\u0000\u001b[1m é €")],
    ["bytes", "POST", "/bytes", bytesBody(Buffer.from([0, 10, 13, 39, 255, 128]))],
    ["much text", "POST", "/much", textBody("long 'text' ".repeat(30_000))],
    ["much text of few characters", "POST", "/much", textBody("\u20ac".repeat(50_000))],
    ["no body", "GET", "/none?q='%27", textBody("")],
    ["no body to a POST", "POST", "/none", textBody("")],
    ["a body to a DELETE", "DELETE", "/x", textBody("why")],
  ])("sends the same, with %s", async (_, method, target, body) => {
    const headers: [string, string][] = [
      ["Host", "api.example"],
      ["X-Quoted", 'it\'s "so" $HOME `id` \\ %s !'],
      ["x-twice", "1"],
      ["X-Twice", "2"],
      ["x-empty", ""],
      ["x-text", "caf\u00e9 \u20ac"],
      ["Connection", "keep-alive, x-hop"],
      ["x-hop", "1"],
      ["Content-Length", String(body.bytes)],
      ...(body.bytes > 0 ? [["content-type", "text/plain"] as [string, string]] : []),
    ];
    const sent = await sendByCurl({ method, target, headers, body });
    expect(sent).toMatchObject({ method, target, headers: ownHeaders(headers).filter(([name]) => name !== "x-hop") });
    expect(sent.body.toString("latin1")).toBe(
      Buffer.from(body.text, body.isBase64 ? "base64" : "utf8").toString("latin1"),
    );
    expect(sent.stdout).toMatch(/^HTTP\/1.1 201 Created[\s\S]*x-answer: yes[\s\S]*echoed$/i);
  });

  test("leaves out the body of a HEAD, which curl would refuse, and waits for none in the answer", async () => {
    const head = { method: "HEAD", target: "/head", headers: [["accept", "*/*"]] as const };
    for (const body of ["", "a"]) {
      const sent = await sendByCurl({ ...head, body: textBody(body) });
      expect(sent).toMatchObject(head);
      expect(sent.stdout).toContain("201");
    }
  });

  test("has no header that the client did not send", async () => {
    const headers = ["user-agent: curl/8.5.0", "accept: */*"].map((line) => line.split(": ") as [string, string]);
    const sent = await sendByCurl({ method: "POST", target: "/", headers, body: textBody("a") });
    expect(sent.headers).toEqual(expect.arrayContaining(headers));
    expect(sent.headers).toHaveLength(2);
  });
});

describe("an event that is copied", () => {
  const event = JSON.stringify({ body: "it's \"\"\" '''\\ é\n" });
  /** Runs a command in which `aws` prints its input and its arguments. */
  function words(command: string): string[] {
    const script = 'aws() { cat; for word in "$@"; do printf "\\0%s" "$word"; done; }\n';
    return execFileSync("sh", { input: script + command, maxBuffer: 1e8 })
      .toString()
      .split("\0");
  }

  test("is an argument of the AWS CLI, or its input if it is too long", () => {
    const before = ["lambda", "invoke", "--function-name", "it's", "--cli-binary-format", "raw-in-base64-out"];
    expect(words(lambdaCommand("it's", event))).toEqual(["", ...before, "--payload", event, "/dev/stdout"]);
    const long = JSON.stringify({ body: "\u20ac".repeat(50_000) });
    const payload = ["--payload", "fileb:///dev/stdin", "/dev/stdout"];
    expect(words(lambdaCommand("it's", long))).toEqual([long, ...before, ...payload]);
  });

  test("is the same in Python", () => {
    const printed = execFileSync("python3", ["-c", `${pythonEvent(event)}\nprint(json.dumps(EVENT))`]);
    expect(JSON.parse(printed.toString())).toEqual(JSON.parse(event));
  });
});
