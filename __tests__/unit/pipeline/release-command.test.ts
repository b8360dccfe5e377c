import type { Configuration } from "@local/terraform/run/terraform";
import { FakeAws } from "../../../packages/terraform/__tests__/unit/release/fake-aws";
import { runInProcess } from "../../command-in-process";

let fake: FakeAws;
let names: string[];

/** The synthesized functions with a gradual release, each with its alias, its application and its group. */
const configuration = () => ({
  resource: {
    aws_lambda_alias: Object.fromEntries(names.map((name) => [name, { name: "live", function_name: name }])),
    aws_codedeploy_app: Object.fromEntries(names.map((name) => [name, { name, compute_platform: "Lambda" }])),
    aws_codedeploy_deployment_group: Object.fromEntries(
      names.map((name) => [name, { app_name: `\${aws_codedeploy_app.${name}.name}`, deployment_group_name: "live" }]),
    ),
  } as unknown as Configuration["resource"],
});

jest.mock("@local/terraform/deployment-target", () => ({
  openWithoutTerraform: async () => ({
    deployment: { synthesize: async () => "", system: { configuration }, connect: async () => fake.aws },
  }),
  checkAccount: async () => ({ description: "on AWS, account 123456789012" }),
}));

const release = (...args: string[]) => runInProcess("release.ts", args);

beforeEach(() => {
  names = ["orders"];
  fake = new FakeAws();
  fake.publish();
});

test.each([
  [["begin"], "begin is not allowed; use status, stop, rollback or none of them."],
  [["status", "stop"], "status stop is not allowed; use status, stop, rollback or none of them."],
  [["stop", "--version", "7"], "--version needs rollback."],
  [["status", "--ignore-alarms"], "--ignore-alarms is not for status."],
  [["--function", "mails"], "There is no gradual release of mails; there are orders, returns."],
  [["rollback"], "Choose one with --function: orders, returns."],
])("%j is refused, and nothing is asked for or changed", async (args, message) => {
  names = ["orders", "returns"];
  expect(await release(...args)).toEqual({ exitCode: 1, stdout: "", stderr: `Error: ${message}\n` });
  expect(fake.requests).toEqual([]);
});

test("without a function that has a gradual release, it says so, and which setting makes one", async () => {
  names = [];
  expect(await release("status")).toEqual({
    exitCode: 0,
    stdout: "",
    stderr: "No function of this environment has a gradual release.\n",
  });
  expect(await release("stop")).toMatchObject({
    exitCode: 1,
    stderr: "Error: No function of this environment has a gradual release; set function.release and deploy.\n",
  });
});

test("the status is a line for each function, and changes nothing", async () => {
  names = ["orders", "returns"];
  const line = "version 1 gets all invocations; no release is in progress; no alarm fires";
  expect(await release("status")).toMatchObject({ exitCode: 0, stdout: `orders: ${line}\nreturns: ${line}\n` });
  expect(fake.requests.filter((name) => !/^(Get|List|Describe)/.test(name))).toEqual([]);
});

test("a rollback and the way forward end with what is live, and a firing alarm with 4", async () => {
  fake.publish();
  fake.live = "2";
  expect(await release("rollback", "--version", "1")).toMatchObject({ exitCode: 0 });
  expect(fake.live).toBe("1");
  fake.alarms["api-5xx"] = "ALARM";
  expect(await release()).toMatchObject({ exitCode: 4, stderr: expect.stringContaining("was not released") });
  expect(await release("--ignore-alarms", "--function", "orders")).toMatchObject({ exitCode: 0 });
  expect(fake.live).toBe("2");
});
