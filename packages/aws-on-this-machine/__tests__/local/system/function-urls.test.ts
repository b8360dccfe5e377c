import type { Server } from "node:http";
import { CreateFunctionUrlConfigCommand, type FunctionUrlAuthType } from "@aws-sdk/client-lambda";
import { close, listen } from "@local/command-line/server";
import { SERVER_OPTIONS } from "../../../gateway/http-gateway";
import type { LocalSystem } from "../../../system/local-system";
import { describeWithPython } from "../echo-api";
import { Emulated } from "./emulated";

const ECHO = `
def handler(event, context):
    http = event["requestContext"]["http"]
    return {"routeKey": event["routeKey"], "path": http["path"], "body": event.get("body"), "query": event["rawQueryString"]}
`;

describeWithPython("a function with a URL", () => {
  let emulated: Emulated;
  let apiServer: Server;
  let system: LocalSystem;
  beforeAll(async () => {
    emulated = await Emulated.start();
    const { aws, deploy } = emulated;
    const refs = [await deploy.fn("echo", ECHO), await deploy.fn("closed", ECHO)];
    const urlOf = async (FunctionName: string, AuthType: FunctionUrlAuthType, more: object = {}) => {
      await aws.lambda.send(new CreateFunctionUrlConfigCommand({ FunctionName, AuthType, ...more }));
      refs.push({
        address: `aws_lambda_function_url.${FunctionName}`,
        type: "aws_lambda_function_url",
        id: FunctionName,
      });
    };
    await urlOf("echo", "NONE", { Cors: { AllowOrigins: ["https://shop.example.com"] } });
    await urlOf("closed", "AWS_IAM");
    apiServer = await listen(0, "--port", SERVER_OPTIONS);
    system = await emulated.openSystem({ name: "urls", apiServer });
    await system.serve(refs);
  });
  afterAll(async () => {
    await system?.stop();
    if (apiServer) await close(apiServer);
    await emulated?.stop();
  });

  test("answers each method and path there, with its CORS settings", async () => {
    const { apis } = await system.summary();
    expect(apis).toMatchObject([{ address: "aws_lambda_function_url.echo", name: "echo", routes: ["$default"] }]);
    const headers = { origin: "https://shop.example.com" };
    const answer = await fetch(`${apis[0]?.url}/a/b?c=d`, { method: "PUT", body: "text", headers });
    expect([answer.status, answer.headers.get("access-control-allow-origin")]).toEqual([200, headers.origin]);
    expect(await answer.json()).toEqual({ routeKey: "$default", path: "/a/b", body: expect.any(String), query: "c=d" });
  });

  test("is named if only callers with credentials may use the URL", async () => {
    const { unserved } = await system.summary();
    const reason = "the authorization AWS_IAM of function URLs is not checked here; NONE is";
    expect(unserved).toEqual([{ address: "aws_lambda_function_url.closed", reason }]);
  });
});
