import type { TerraformMessage } from "@local/command-line/progress";
import type { Configuration } from "@local/terraform/run/terraform";
import { AppliedParts } from "../../../start/follow/applied-parts";

const API = "aws_apigatewayv2_api.orders";
const ROUTE = "aws_apigatewayv2_route.orders";
const PERMISSION = "aws_lambda_permission.orders";
const QUEUE = "aws_sqs_queue.letters";
/** Parts of another API, and of a schedule. */
const OTHERS = ["aws_apigatewayv2_api.admin", "aws_apigatewayv2_route.admin", "aws_lambda_permission.schedule"];

const configuration = {
  resource: {
    aws_apigatewayv2_route: {
      orders: { api_id: `\${${API}.id}` },
      admin: { api_id: `\${aws_apigatewayv2_api.admin.id}` },
    },
    aws_lambda_permission: {
      orders: { source_arn: `\${${API}.execution_arn}/*/*` },
      schedule: { source_arn: "${aws_cloudwatch_event_rule.daily.arn}" },
    },
  },
} as unknown as Configuration;

const resource = (addr: string) => ({ addr, resource_type: addr.split(".")[0] ?? "" });
const planned = (addr: string, action = "create"): TerraformMessage => ({
  type: "planned_change",
  change: { resource: resource(addr), action },
});
const SUMMARY: TerraformMessage = {
  type: "change_summary",
  changes: { add: 1, change: 0, remove: 0, operation: "plan" },
};
const hook = (type: string, addr: string, action = "create"): TerraformMessage => ({
  type,
  hook: { resource: resource(addr), action, id_value: `id of ${addr}` },
});
const created = (addr: string) => hook("apply_complete", addr);

describe("the parts of a system that Terraform applies", () => {
  test("serve an API as soon as its own exist", () => {
    const parts = new AppliedParts(configuration);
    for (const address of [API, ROUTE, PERMISSION, QUEUE, ...OTHERS]) parts.take(planned(address));
    const serves = [SUMMARY, created(API), created(ROUTE), created(PERMISSION)].map((message) => {
      parts.take(message);
      return parts.servesApi;
    });
    expect(serves).toEqual([false, false, false, true]);
    expect(parts.missing).toEqual([QUEUE, ...OTHERS]);
    expect(parts.refs).toContainEqual({ address: API, type: "aws_apigatewayv2_api", id: `id of ${API}` });
  });

  test("are not known before the plan is", () => {
    const parts = new AppliedParts(configuration);
    for (const address of [API, ROUTE]) parts.take(hook("refresh_complete", address));
    expect(parts.servesApi).toBe(false);
    parts.take(planned(QUEUE));
    parts.take(SUMMARY);
    expect(parts.servesApi).toBe(true);
    expect(parts.refs.map(({ address }) => address)).toEqual([API, ROUTE]);
  });

  test("end with a deletion, and begin again with a replacement, in either order", () => {
    const parts = new AppliedParts(configuration);
    for (const address of [API, ROUTE, QUEUE]) parts.take(hook("refresh_complete", address));
    parts.take(planned(API, "delete"));
    for (const address of [ROUTE, QUEUE]) parts.take(planned(address, "replace"));
    const addresses = () => parts.refs.map(({ address }) => address);
    expect(addresses()).toEqual([API]);
    parts.take(hook("apply_complete", API, "delete"));
    parts.take(hook("apply_complete", ROUTE, "delete"));
    parts.take(created(ROUTE));
    parts.take(created(QUEUE));
    parts.take(hook("apply_complete", QUEUE, "delete"));
    expect(addresses().sort()).toEqual([ROUTE, QUEUE]);
    expect(parts.missing).toEqual([]);
  });

  test("that the functions need are their roles' policies, and the resources that these name", () => {
    const [policy, other] = ["aws_iam_role_policy.letters", "aws_iam_role_policy.archive"];
    const parts = new AppliedParts({
      resource: {
        aws_lambda_function: { orders: { role: "${aws_iam_role.orders.arn}" } },
        aws_iam_role_policy: {
          letters: { role: "${aws_iam_role.orders.name}", policy: "${data.aws_iam_policy_document.letters.json}" },
          archive: { role: "${aws_iam_role.archive.name}", policy: `\${aws_s3_bucket.archive.arn}` },
        },
      },
      data: { aws_iam_policy_document: { letters: { statement: [{ resources: [`\${${QUEUE}[0].arn}`] }] } } },
    } as unknown as Configuration);
    for (const address of [`${QUEUE}[0]`, other, policy, "aws_s3_bucket.archive"]) parts.take(planned(address));
    expect(parts.missingForFunctions).toEqual([`${QUEUE}[0]`, policy]);
    parts.take(created(`${QUEUE}[0]`));
    expect(parts.missingForFunctions).toEqual([policy]);
  });

  test("are no data sources", () => {
    const parts = new AppliedParts(configuration);
    expect(parts.take(hook("apply_complete", "data.aws_region.here", "read"))).toBe(false);
    expect(parts.refs).toEqual([]);
  });
});
