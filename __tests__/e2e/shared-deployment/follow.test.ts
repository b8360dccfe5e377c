/** @sequential Each test goes on from the one before it. */
import { once } from "node:events";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { type IncomingMessage, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { stripVTControlCharacters } from "node:util";
import type { Deployed } from "@local/aws-on-this-machine/start/apply-stacks";
import { followStacks } from "@local/aws-on-this-machine/start/follow/follow-stacks";
import { SourceTree } from "@local/aws-on-this-machine/start/follow/source-tree";
import { StackFollower } from "@local/aws-on-this-machine/start/follow/stack-follower";
import type { LocalSystem } from "@local/aws-on-this-machine/system/local-system";
import { PROJECT_FOLDER } from "@local/command-line/project";
import { close, listen, serverUrl } from "@local/command-line/server";
import { APPLICATION } from "../../../commands/application/application";
import { Checkout } from "../checkout";
import { planChanges } from "../inspect-terraform";
import { describeE2e, sharedRun } from "../shared";
import { recordings as recordingsOf, SharedDeployment } from "./shared-deployment";
import { startSystem } from "./start-system";

const STACK = "stacks/serverless-infrastructure-stack.ts";
const DEFAULT_ROUTE = 'api.route("$default", processor);';

// The project whose files are saved here is a copy of the one that is tested.
jest.mock("@local/command-line/project", () => {
  const { mkdtempSync: make } = jest.requireActual("node:fs");
  const { tmpdir: temporary } = jest.requireActual("node:os");
  const actual = jest.requireActual("@local/command-line/project");
  return { ...actual, PROJECT_FOLDER: make(`${temporary()}/followed-`) };
});

describeE2e("npm start follows a save that", () => {
  let folder: string;
  let recordings: string;
  let checkout: Checkout;
  let shared: SharedDeployment;
  let deployed: Deployed;
  let next: Deployed | undefined;
  let system: LocalSystem;
  let follower: StackFollower;
  let url: string;
  let stop = async () => {};
  let shown = "";

  beforeAll(async () => {
    shared = await SharedDeployment.ready();
    folder = mkdtempSync(join(tmpdir(), "follow-"));
    recordings = join(folder, "recordings");
    cpSync(recordingsOf(sharedRun()), recordings, { recursive: true });
    checkout = new Checkout(PROJECT_FOLDER, "");
    jest.spyOn(console, "error").mockImplementation((text) => {
      shown += `${stripVTControlCharacters(String(text))}\n`;
    });
    follower = new StackFollower({
      source: new SourceTree(PROJECT_FOLDER, APPLICATION.sources),
      onState: (state) => {
        system.stacks = state;
      },
      onBroken: () => {},
    });
    deployed = await shared.repeat(folder, { recordings });
    const { deployment, endpoint } = deployed;
    const apiServer = await listen(0, "--port");
    url = serverUrl(apiServer);
    const { system: stack, environment } = deployment;
    system = await startSystem({ endpoint, stack, environment, apiServer });
    stop = async () => {
      await system.stop();
      await close(apiServer);
    };
    const onApplied = (refs: Parameters<LocalSystem["refresh"]>[0]) => system.refresh(refs);
    const readState = () => deployment.systemState();
    follower.begin(followStacks({ deployed, isKept: false, readState, onApplied }));
  });
  afterAll(async () => {
    await follower?.stop();
    await stop();
    await deployed?.stop();
    await next?.stop();
    jest.restoreAllMocks();
    for (const each of [folder, PROJECT_FOLDER]) rmSync(each, { recursive: true });
  });

  const post = (path: string) => fetch(url + path, { method: "POST", body: "{}" });
  const statusOf = async (path: string) => (await post(path)).status;

  /** Sends a request with a header that `fetch` sets itself. */
  async function statusAt(host: string, path: string): Promise<number | undefined> {
    const sent = request(new URL(path, url), { method: "POST", headers: { host } }).end("{}");
    const [answer] = (await once(sent, "response")) as [IncomingMessage];
    return answer.resume().statusCode;
  }

  /** Sends requests until a condition holds. Returns the answers' statuses. */
  async function sendUntil(path: string, isReached: () => boolean | Promise<boolean>): Promise<Set<number>> {
    const statuses = new Set<number>();
    do {
      statuses.add(await statusOf(path));
      await setTimeout(20);
    } while (!(await isReached()));
    return statuses;
  }

  test("changes a route: each request meanwhile is answered, and then the new route answers", async () => {
    checkout.edit(STACK, DEFAULT_ROUTE, 'api.route("POST /orders", processor);');
    expect(await sendUntil("/orders", async () => (await statusOf("/other")) === 404)).toEqual(new Set([200]));
    await sendUntil("/orders", () => system.stacks === undefined);
    expect([await statusOf("/orders"), await statusOf("/other")]).toEqual([200, 404]);
    expect(shown).toMatch(/^The save destroys:\n {2}aws_apigatewayv2_route\.\S+\n {2}aws_lambda_permission\.\S+$/m);
    expect(await planChanges(deployed.deployment.system, "-lock=false")).toEqual([]);
  }, 240_000);

  test("breaks the types: the system goes on, and says what is broken until a save mends it", async () => {
    checkout.edit(STACK, "const table =", "const broken: number = 'x'; const table =");
    const isBroken = () => system.stacks?.kind === "broken";
    expect(await sendUntil("/orders", isBroken)).toEqual(new Set([200]));
    expect((await system.summary()).stacks?.message).toMatch(/^stacks\/\S+\.ts\(\d+,\d+\): error TS2322: /);
    checkout.edit(STACK, "const broken: number = 'x'; const table =", "const table =");
    await sendUntil("/orders", () => system.stacks === undefined);
  });

  test("would replace the table: that is refused, and its items stay", async () => {
    const answer = (await (await post("/orders")).json()) as { readonly requestId: string };
    checkout.edit(STACK, 'sortKey: "Timestamp"', 'sortKey: "Time"');
    await sendUntil("/orders", () => system.stacks?.kind === "broken");
    expect(system.stacks?.message).toMatch(
      /^Refused: .* that the saved stacks destroy:\n {2}aws_dynamodb_table\.\S+\n/,
    );
    expect((await system.run(answer.requestId))?.items).toHaveLength(1);
    checkout.edit(STACK, 'sortKey: "Time"', 'sortKey: "Timestamp"');
    await sendUntil("/orders", () => system.stacks === undefined);
  });

  test("adds a domain in a zone: each request meanwhile is answered, and then the domain answers below its path", async () => {
    const domain = { name: "api.example.com", hostedZone: "example.com", basePath: "v1" };
    checkout.edit("cdktf.json", '"production": {}', `"production": ${JSON.stringify({ api: { domain } })}`);
    const served = async () =>
      (await system.summary()).apis.some(({ domains }) => domains.includes(`${domain.name}/v1`));
    expect(await sendUntil("/orders", served)).toEqual(new Set([200]));
    expect([await statusAt(domain.name, "/v1/orders"), await statusAt(domain.name, "/orders")]).toEqual([200, 404]);
    expect(shown).toContain("The emulator now has the hosted zone example.com.");
  }, 240_000);

  test("is applied: the next start repeats it from a recording", async () => {
    shown = "";
    next = await shared.repeat(folder, { recordings });
    expect(shown).toMatch(/, as recorded /);
    expect(shown).not.toContain("discarded");
    expect(await planChanges(next.deployment.system, "-lock=false")).toEqual([]);
    const resources = JSON.stringify((await next.deployment.systemState())?.resources);
    expect(resources).toContain("POST /orders");
    expect(resources).toContain("api.example.com");
  });
});
