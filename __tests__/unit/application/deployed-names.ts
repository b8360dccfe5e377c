import type { App } from "cdktf";
import type { Settings } from "../../../settings/settings";
import { ServerlessInfrastructureStack } from "../../../stacks/serverless-infrastructure-stack";
import { aFunction } from "./synthesize";
import { synthesizeSystem } from "./system";

const jwtAuthorizer = { issuer: "https://issuer.example.com", audience: ["api"] };
const { config } = synthesizeSystem({ api: { jwtAuthorizer } });

/** A resource's address, with the name that Terraform cannot change in place, in systems that were deployed before. */
test.each([
  ["aws_apigatewayv2_integration", "api_integration_9A008F7A", {}],
  ["aws_apigatewayv2_route", "api_default-route_A41396B0", { route_key: "$default" }],
  ["aws_apigatewayv2_route", "api_preflight-route_7F3A38CF", { route_key: "OPTIONS /{proxy+}" }],
  ["aws_apigatewayv2_route", "api_root-preflight-route_E424CAA6", { route_key: "OPTIONS /" }],
  ["aws_cloudwatch_event_target", "schedule_target_54455CEE", {}],
  [
    "aws_iam_role_policy",
    "dead-letter-queue_grant-send-execution-role_B5407ED8",
    { name: "send-to-dead-letter-queue" },
  ],
  ["aws_iam_role_policy", "table_grant-write-execution-role_79F4AD7F", { name: "write-request-table" }],
  ["aws_lambda_permission", "api_default-permission_B20886FF", { statement_id: "AllowApiGateway-default" }],
  ["aws_lambda_permission", "api_preflight-permission_D076C044", { statement_id: "AllowApiGateway-preflight" }],
  [
    "aws_lambda_permission",
    "api_root-preflight-permission_5F5C2ABF",
    { statement_id: "AllowApiGateway-root-preflight" },
  ],
  ["aws_lambda_permission", "schedule_permission_32AFEA19", { statement_id: "AllowEventBridge" }],
])("%s.%s stays", (type, id, attributes) => {
  expect(config.resource[type][id]).toMatchObject(attributes);
});

class WithFunction extends ServerlessInfrastructureStack {
  constructor(app: App, id: string, settings: Settings) {
    super(app, id, settings);
    this.monitoring.watch(aFunction(this, "function"));
  }
}

test("an addition does not take the address of a deployed resource", () => {
  const alarms = (stack: typeof ServerlessInfrastructureStack) =>
    synthesizeSystem({}, "production", stack).config.resource.aws_cloudwatch_metric_alarm;
  const [before, after] = [alarms(ServerlessInfrastructureStack), alarms(WithFunction)];
  expect(after).toMatchObject(before);
  expect(Object.keys(after)).toHaveLength(Object.keys(before).length + 3);
});
