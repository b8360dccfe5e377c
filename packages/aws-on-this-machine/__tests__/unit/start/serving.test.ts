import { mkdtempSync, rmSync } from "node:fs";
import type { Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { close, listen, serverUrl } from "@local/command-line/server";
import { Serving, type ServingProps, type ServingTarget } from "../../../start/serving";
import { LocalSystem } from "../../../system/local-system";

jest.mock("@local/terraform/run/find-terraform", () => ({
  findTerraform: async () => ({ path: "/bin/terraform", isOnPath: true }),
}));
jest.mock("../../../start/keys");

test("a refresh names new resources that do not run here, new debuggers and new domains, once", async () => {
  const api = { address: "aws_api_gateway_rest_api.a", reason: "REST APIs do not run here" };
  const mapping = { address: "aws_lambda_event_source_mapping.m", problem: "orders does not run on this machine." };
  let summary: object = { apis: [], unserved: [], eventSources: [{ address: "aws_lambda_event_source_mapping.runs" }] };
  let ports: [string, number][] = [];
  const goLive = async () => {};
  const system = { refresh: async () => {}, goLive, summary: async () => summary, findDebugPorts: async () => ports };
  jest.spyOn(LocalSystem, "open").mockResolvedValue(system as unknown as LocalSystem);
  const lines: string[] = [];
  const show = (line: string) => void lines.push(line);
  jest.spyOn(console, "error").mockImplementation(show);
  jest.spyOn(console, "log").mockImplementation(show);
  const servers = { apiServer: address(1), consoleServer: address(2) };
  const serving = await Serving.open(
    { folder: "/run", ...servers } as unknown as ServingProps,
    { home: "/home" } as unknown as ServingTarget,
  );
  await serving.refresh([]);
  expect(lines).toEqual([]);
  summary = { apis: [{ domains: ["example.com/v1"] }], unserved: [api], eventSources: [mapping] };
  ports = [["orders", 5678]];
  for (let time = 0; time < 2; time += 1) await serving.refresh([]);
  jest.restoreAllMocks();
  expect(lines).toEqual([
    "A debugger can attach to orders at 127.0.0.1:5678.",
    "  For https://example.com/v1: curl -H 'host: example.com' http://127.0.0.1:1/v1",
    expect.stringContaining("aws_api_gateway_rest_api.a is not served: REST APIs do not run here."),
    expect.stringContaining("aws_lambda_event_source_mapping.m is not served: orders does not run on this machine."),
  ]);
});

describe("what the terminal shows at last", () => {
  let folder: string;
  let servers: { apiServer: Server; consoleServer: Server };
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "serving-"));
    servers = { apiServer: await listen(0, ""), consoleServer: await listen(0, "") };
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await Promise.all(Object.values(servers).map((server) => close(server)));
    rmSync(folder, { recursive: true });
  });

  async function show(apis: readonly object[]): Promise<string> {
    const summary = async () => ({ apis, functions: [], unserved: [], eventSources: [] });
    const system = { summary, findDebugPorts: async () => [], tokenIssuer: () => undefined };
    jest.spyOn(LocalSystem, "open").mockResolvedValue(system as unknown as LocalSystem);
    const log = jest.spyOn(console, "log").mockImplementation(() => {});
    const target = { home: folder, outputFolder: folder, environment: {}, stackSources: [], sources: () => ["node"] };
    const props = { folder, ...servers } as unknown as ServingProps;
    const serving = await Serving.open(props, target as unknown as ServingTarget);
    await serving.show(false);
    return log.mock.calls.join("\n");
  }

  test.each([
    [["GET /b"], "/b"],
    [[], "/a"],
  ])("is a request to one of the running routes %j, if there is one", async (runningRoutes, path) => {
    const shown = await show([{ domains: [], routes: ["GET /a", "GET /b"], runningRoutes }]);
    expect(shown).toContain(`curl ${serverUrl(servers.apiServer)}${path}`);
  });

  test("without an API and functions is neither that it is deploying nor that saves update functions", async () => {
    servers.apiServer.on("request", (_request, response) => response.writeHead(503).end("deploying"));
    const shown = await show([]);
    const answer = await fetch(serverUrl(servers.apiServer));
    expect([answer.status, await answer.text()]).toEqual([404, '{"message":"There is no HTTP API."}']);
    expect(shown).not.toContain("updates its function");
  });
});

function address(port: number) {
  return { address: () => ({ address: "127.0.0.1", family: "IPv4", port }) };
}
