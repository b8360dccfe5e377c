import { gradualFunctions } from "../../../release/gradual-functions";
import { releaseNewest } from "../../../release/release-actions";
import type { ReleaseClient } from "../../../release/release-client";
import { runReleases } from "../../../release/run-releases";
import { FakeAws } from "./fake-aws";

const closers = new Set<() => Promise<unknown>>();
jest.mock("@local/command-line/process/shutdown", () => ({
  ...jest.requireActual("@local/command-line/process/shutdown"),
  beforeShutdown(close: () => Promise<unknown>) {
    closers.add(close);
    return () => closers.delete(close);
  },
}));

let fake: FakeAws;
let lines: string[];

beforeEach(() => {
  fake = new FakeAws();
  fake.publish();
  lines = [];
  jest.spyOn(console, "error").mockImplementation((line) => void lines.push(line));
});

afterEach(() => jest.restoreAllMocks());

const run = (wait: () => Promise<unknown>) =>
  runReleases(fake.aws, [{ functionName: "orders", alias: "live" }], (client: ReleaseClient, progress) =>
    releaseNewest(client, { progress, wait, again: false, ignoresAlarms: false }),
  );

test("the exit code is 0 when the version is live", async () => {
  fake.publish();
  expect(await run(async () => {})).toBe(0);
  expect(lines.at(-1)).toContain("Release of orders: Version 2 is live.");
});

test("the exit code is 4 after a rollback, and the last line is the reason", async () => {
  fake.publish();
  const wait = async () => {
    fake.alarms["api-5xx"] = "ALARM";
  };
  expect(await run(wait)).toBe(4);
  expect(lines.at(-2)).toContain("Release of orders: not live");
  expect(lines.at(-1)).toContain("orders: Version 2 was rolled back, and version 1 is live. The alarm api-5xx fires.");
});

test("at Ctrl-C, a line says how to follow the release and how to stop it; after the release, there is none", async () => {
  fake.publish();
  await run(async () => {
    for (const close of closers) await close();
  });
  expect(lines.join("\n")).toMatch(/Follow it with npm run release; npm run release -- stop ends it/);
  expect(closers.size).toBe(0);
});

test("the error of one function hides neither that of another one nor the outcome of a third one", async () => {
  const functions = ["orders", "returns", "reports"].map((functionName) => ({ functionName, alias: "live" }));
  const all = runReleases(fake.aws, functions, async ({ fn: { functionName } }) => {
    if (functionName === "reports") return { isLive: false, text: "Version 2 was rolled back." };
    throw new Error(`${functionName} is broken`);
  });
  await expect(all).rejects.toThrow("orders is broken");
  expect(lines.join("\n")).toContain("returns is broken");
  expect(lines.join("\n")).toContain("reports: Version 2 was rolled back.");
});

test("a configuration names the functions with a gradual release", () => {
  const alias = (functionName: string, name = "live") => ({ function_name: functionName, name });
  const resource = {
    aws_lambda_function: { orders: { function_name: "orders" }, returns: { function_name: "returns" } },
    aws_lambda_alias: {
      orders: alias("${aws_lambda_function.orders.function_name}"),
      returns: alias("returns", "next"),
    },
    aws_codedeploy_app: {
      orders: { name: "orders", compute_platform: "Lambda" },
      servers: { name: "servers", compute_platform: "Server" },
      own: { name: "somebody's own", compute_platform: "Lambda" },
      returns: { name: "returns", compute_platform: "Lambda" },
    },
    aws_codedeploy_deployment_group: {
      orders: { app_name: "${aws_codedeploy_app.orders.name}", deployment_group_name: "live" },
      servers: { app_name: "${aws_codedeploy_app.servers.name}", deployment_group_name: "all" },
      others: { app_name: "elsewhere", deployment_group_name: "live" },
      own: { app_name: "${aws_codedeploy_app.own.name}", deployment_group_name: "live" },
      returns: { app_name: "${aws_codedeploy_app.returns.name}", deployment_group_name: "live" },
    },
  };
  expect(gradualFunctions({ resource })).toEqual([{ functionName: "orders", alias: "live" }]);
  expect(gradualFunctions({ resource: {} })).toEqual([]);
});
