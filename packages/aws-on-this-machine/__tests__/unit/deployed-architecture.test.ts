import { readDeployedArchitecture } from "../../diagram/deployed-architecture";

const arn = (service: string, rest: string) => `arn:aws:${service}:us-west-2:123456789012:${rest}`;
const worker = arn("lambda", "function:worker");
const invoke = `arn:aws:apigateway:us-west-2:lambda:path/2015-03-31/functions/${worker}/invocations`;
const letters = arn("sqs", "letters");

test("the diagram of a state has the resources of all modules, and what leads from one to another", () => {
  const resource = (address: string, values: object) => ({ address, type: /aws_\w+/.exec(address)?.[0] ?? "", values });
  const { nodes, edges } = readDeployedArchitecture([
    resource("module.a.aws_lambda_function.this[0]", {
      id: "worker",
      function_name: "worker",
      arn: worker,
      invoke_arn: invoke,
    }),
    resource("aws_apigatewayv2_api.http", { id: "abc", name: "http" }),
    resource("aws_apigatewayv2_integration.http", { id: "i", api_id: "abc", integration_uri: invoke }),
    resource("aws_sqs_queue.letters", { id: "https://sqs/letters", name: "letters", arn: letters }),
    resource("aws_sqs_queue.jobs", {
      id: "https://sqs/jobs",
      name: "jobs",
      arn: arn("sqs", "jobs"),
      redrive_policy: JSON.stringify({ deadLetterTargetArn: letters, maxReceiveCount: 3 }),
    }),
    resource("aws_lambda_event_source_mapping.jobs", { event_source_arn: arn("sqs", "jobs"), function_name: worker }),
    resource("aws_unknown_type.x", { id: "x", arn: worker }),
  ]);
  const names = Object.fromEntries(nodes.map(({ id, name }) => [id, name]));
  expect(names).toMatchObject({ "aws_lambda_function.module_a_this_0": "worker", "aws_sqs_queue.jobs": "jobs" });
  expect(edges.map(({ from, to }) => `${from} > ${to}`).sort()).toEqual([
    "aws_apigatewayv2_api.http > aws_lambda_function.module_a_this_0",
    "aws_sqs_queue.jobs > aws_lambda_function.module_a_this_0",
    "aws_sqs_queue.jobs > aws_sqs_queue.letters",
    "client > aws_apigatewayv2_api.http",
  ]);
});
