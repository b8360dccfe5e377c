import type { ApiMapping } from "@aws-sdk/client-apigatewayv2";
import { listen } from "@local/command-line/server";
import { SERVER_OPTIONS } from "../../../gateway/http-gateway";
import type { DeployedApi } from "../../../inventory/apis";
import { SystemMetrics } from "../../../monitoring/system-metrics";
import { RunStore } from "../../../runs/run-store";
import { ServedApis, type ServedApisProps } from "../../../system/served-apis";
import { DEPLOYED, INTEGRATION, route, STAGE, send } from "../echo-api";

const NAME = "api.example.com";
const LOG = '{"domain":"$context.domainName","path":"$context.path","api":"$context.apiId"}';
const STAGE_WITH_LOG = { ...STAGE, AccessLogSettings: { Format: LOG }, accessLogGroup: "log" };

const api = (ApiId: string, more: Partial<DeployedApi> = {}): DeployedApi => ({
  ...DEPLOYED,
  address: `aws_apigatewayv2_api.${ApiId}`,
  stages: [STAGE_WITH_LOG],
  ...more,
  api: {
    ...DEPLOYED.api,
    ...more.api,
    ApiId,
    ApiEndpoint: `https://${ApiId}.execute-api.us-west-2.amazonaws.com`,
  },
});
const to = (ApiId: string, ApiMappingKey?: string, Stage = "$default"): ApiMapping => ({ ApiId, ApiMappingKey, Stage });

describe("the domains of APIs", () => {
  let apis: ServedApis;
  let lines: string[];
  let runs: RunStore;
  let url: string;
  let otherUrl: string;

  beforeEach(async () => {
    const apiServer = await listen(0, "--port", SERVER_OPTIONS);
    lines = [];
    runs = new RunStore(() => {});
    const fakes = {
      // The function answers with its event.
      functionRuns: {
        invokeOnce: async (_fn: object, _run: object, body: string) => ({
          payload: JSON.stringify({ statusCode: 200, body }),
          isError: false,
        }),
      },
      findFunction: () => ({ mayBeInvokedBy: () => true }),
      openLog: () => ({ write: (line: string) => lines.push(line), flush: async () => {} }),
    };
    const others = { apiServer, runs, metrics: new SystemMetrics(), replays: new Map() };
    apis = new ServedApis({ ...fakes, ...others } as unknown as ServedApisProps);
    const staged = { ...STAGE_WITH_LOG, StageName: "prod" };
    const disabled = { ...DEPLOYED.api, DisableExecuteApiEndpoint: true };
    const deployed = [
      api("a", { api: disabled, routes: [route("POST /orders/{id}"), route("$default")] }),
      api("b", { stages: [staged], integrations: [{ ...INTEGRATION, PayloadFormatVersion: "1.0" }] }),
      api("c", { stages: [staged], routes: [route("POST /orders/{id}"), route("$default")] }),
    ];
    const mappings = [
      to("a"),
      to("a", "v1"),
      to("b", "v1/shop", "prod"),
      to("c", "v2", "prod"),
      to("a", "gone", "gone"),
      to("z", "elsewhere"),
    ];
    await apis.update(deployed, [
      { address: "d.api", name: NAME, mappings },
      { address: "d.part", name: "part.example.com", mappings: [to("b", "shop", "prod")] },
    ]);
    [url = "", otherUrl = ""] = apis.all.map((each) => each.url);
  });
  afterEach(() => apis.stop());

  /** The API that answers, with the paths in its event: that of payload 2.0, else that of the context and the event. */
  async function reached(path: string, host: string, at = url) {
    const { status, body } = await send(at, path, { host });
    if (status !== 200) return status;
    const { rawPath, requestContext, ...event } = JSON.parse(body);
    return [requestContext.apiId, rawPath ?? event.path, requestContext.domainName];
  }

  test.each([
    ["/", ["a", "/", NAME]],
    ["/orders/7?a=1", ["a", "/orders/7", NAME]],
    ["/v1", ["a", "/", NAME]],
    ["/v1/orders/7", ["a", "/orders/7", NAME]],
    ["/v1/shopping", ["a", "/shopping", NAME]],
    ["/v10/orders/7", ["a", "/v10/orders/7", NAME]],
    // Payload format 2.0 has the stage's name in place of the mapping's path.
    ["/v2/orders/7", ["c", "/prod/orders/7", NAME]],
    // Payload format 1.0 has the whole path.
    ["/v1/shop", ["b", "/v1/shop", NAME]],
    ["/v1/shop/carts/1", ["b", "/v1/shop/carts/1", NAME]],
  ])("the longest path decides: %s reaches %j", async (path, expected) => {
    expect(await reached(path, NAME)).toEqual(expected);
  });

  test.each(["/v1/orders/7", "/v2/orders/7"])("the path of a mapping is no part of the routes: %s", async (path) => {
    const { body } = await send(url, path, { host: NAME });
    expect(JSON.parse(body)).toMatchObject({ routeKey: "POST /orders/{id}", pathParameters: { id: "7" } });
  });

  test.each([["API.Example.COM"], [`${NAME}:443`], [`${NAME}:8080`], [`${NAME}.`]])(
    "the host %s is the domain, which the function sees without port and in lower case",
    async (host) => {
      const { headers, requestContext } = JSON.parse((await send(url, "/v1/a", { host })).body);
      expect([headers.host, requestContext.domainName, requestContext.domainPrefix]).toEqual([NAME, NAME, "api"]);
    },
  );

  test("every API's server answers for every domain", async () => {
    expect(await reached("/v1/shop/carts", NAME, otherUrl)).toEqual(["b", "/v1/shop/carts", NAME]);
    expect(await reached("/v1/orders/1", NAME, otherUrl)).toEqual(["a", "/orders/1", NAME]);
  });

  test.each([["127.0.0.1:3000"], ["other.example.com"], ["xapi.example.com"], ["example.com"], [`${NAME}.evil.com`]])(
    "with the host %s, each address reaches its own API, also where the default endpoint is disabled",
    async (host) => {
      const own = (id: string) => `${id}.execute-api.us-west-2.amazonaws.com`;
      expect(await reached("/v1/orders/7", host)).toEqual(["a", "/v1/orders/7", own("a")]);
      expect(await reached("/prod/carts", host, otherUrl)).toEqual(["b", "/prod/carts", own("b")]);
    },
  );

  test.each([
    ["without a mapping", "part.example.com", "/other"],
    ["of a mapping to a stage that does not exist", NAME, "/gone/orders"],
    ["of a mapping to an API that does not run here", NAME, "/elsewhere/orders"],
  ])("a path %s is answered 404, and its run names both", async (_what, host, path) => {
    expect(await send(url, path, { host })).toMatchObject({ status: 404, body: '{"message":"Not Found"}' });
    const error = `Not Found: ${host} has no mapping to a stage for ${path}`;
    expect(runs.latest(1)).toMatchObject([{ address: host + path, error }]);
  });

  test("the run of a request has the address at its domain, and none at the API's own", async () => {
    await send(url, "/v1/orders/7?a=1", { host: `${NAME}:80` });
    await send(url, "/orders/7?a=1", { host: "127.0.0.1" });
    expect(runs.latest(2).map(({ path, address }) => [path, address])).toEqual([
      ["/orders/7?a=1", undefined],
      ["/orders/7?a=1", `${NAME}/v1/orders/7?a=1`],
    ]);
  });

  test("the access log of the mapped API has the domain and the path below the mapping", async () => {
    await send(url, "/v1/orders/7", { host: `${NAME}:80` });
    await send(url, "/orders/7", { host: "127.0.0.1" });
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { domain: NAME, path: "/orders/7", api: "a" },
      { domain: "a.execute-api.us-west-2.amazonaws.com", path: "/orders/7", api: "a" },
    ]);
  });

  test("each API knows its domains and paths, and an update changes them", async () => {
    const domains = () => apis.all.map((each) => each.domains);
    expect(domains()).toEqual([
      [NAME, `${NAME}/v1`, `${NAME}/gone`],
      [`${NAME}/v1/shop`, "part.example.com/shop"],
      [`${NAME}/v2`],
    ]);
    await apis.update(
      apis.all.map(({ deployed }) => deployed),
      [{ address: "d.new", name: "new.example.com", mappings: [to("b", undefined, "prod")] }],
    );
    expect(domains()).toEqual([[], ["new.example.com"], []]);
    expect(await reached("/carts", "new.example.com")).toEqual(["b", "/carts", "new.example.com"]);
    expect(await reached("/v1/orders/7", NAME)).toEqual(["a", "/v1/orders/7", "a.execute-api.us-west-2.amazonaws.com"]);
  });
});
