import { spawn } from "node:child_process";
import type { IncomingMessage, Server } from "node:http";
import { buffer, text } from "node:stream/consumers";
import type { Browser, Page } from "playwright-core";
import { close, listen, serverUrl } from "../../../commands/cli/server";
import { serveConsole } from "../../../commands/local-system/console/console-server";
import type { Body, RunRequest } from "../../../commands/local-system/run";
import { describeInBrowser, launchChromium } from "../chromium";
import { bytesBody, textBody } from "../fake/runs";
import { FakeSystem } from "../fake-system";

/** What concerns the connection and not the request. */
const NOT_COMPARED = ["host", "connection", "content-length", "transfer-encoding", "keep-alive"];

/** What an echo server receives. */
interface Received {
  readonly message: IncomingMessage;
  readonly body: Buffer;
}

describeInBrowser("a request copied as curl", () => {
  let browser: Browser;
  let page: Page;
  let consoleServer: Server;
  let echo: Server;
  let received: Received[];

  beforeAll(async () => {
    consoleServer = await listen(0, "");
    serveConsole(consoleServer, new FakeSystem());
    browser = await launchChromium();
    page = await browser.newPage();
    await page.goto(serverUrl(consoleServer));
    echo = await listen(0, "");
    echo.on("request", async (message, response) => {
      received.push({ message, body: await buffer(message) });
      response.writeHead(201, { "x-answer": "yes" }).end("echoed");
    });
  });
  beforeEach(() => {
    received = [];
  });
  afterAll(async () => {
    await browser?.close();
    for (const server of [consoleServer, echo]) if (server) await close(server);
  });

  /** Runs the command; returns what came, and what curl printed. */
  async function sendByCurl(request: RunRequest) {
    const argument = JSON.stringify([serverUrl(echo), request]);
    const command = await page.evaluate<string>(`import("/run/copies.js").then((m) => m.curlCommand(...${argument}))`);
    const shell = spawn("sh", ["-e"]);
    shell.stdin.end(command);
    const [stdout, stderr] = await Promise.all([text(shell.stdout), text(shell.stderr)]);
    expect(stderr).toBe("");
    const [{ message, body } = {} as Received, ...others] = received;
    expect(others).toEqual([]);
    return {
      method: message.method,
      target: message.url,
      body,
      headers: ownHeaders(pairsOf(message.rawHeaders)),
      stdout,
    };
  }

  const ownHeaders = (headers: RunRequest["headers"]) =>
    headers.filter(([name]) => !NOT_COMPARED.includes(name.toLowerCase()));

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

  test("does not wait for the body of an answer to HEAD", async () => {
    const headers: [string, string][] = [["accept", "*/*"]];
    const sent = await sendByCurl({ method: "HEAD", target: "/head", headers, body: textBody("") });
    expect(sent).toMatchObject({ method: "HEAD", headers });
    expect(sent.stdout).toContain("201");
  });

  test("leaves out the body of a HEAD, which curl would refuse", async () => {
    const sent = await sendByCurl({
      method: "HEAD",
      target: "/head",
      headers: [["accept", "*/*"]],
      body: textBody("a"),
    });
    expect(sent).toMatchObject({ method: "HEAD", target: "/head" });
    expect(sent.stdout).toContain("201");
  });
});

function pairsOf(rawHeaders: readonly string[]): [string, string][] {
  const pairs: [string, string][] = [];
  for (let index = 0; index < rawHeaders.length; index += 2)
    pairs.push([rawHeaders[index] ?? "", Buffer.from(rawHeaders[index + 1] ?? "", "latin1").toString()]);
  return pairs;
}
