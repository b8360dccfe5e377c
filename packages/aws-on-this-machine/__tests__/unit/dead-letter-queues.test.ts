import { findDeadLetterQueues } from "../../dead-letters/dead-letter-queues";

test("dead-letter queues come with the functions and the queues whose failures go there", () => {
  const queues = findDeadLetterQueues({
    resource: {
      aws_lambda_function: { orders: { function_name: "Orders" }, mailer: { function_name: "Mailer" } },
      aws_lambda_function_event_invoke_config: {
        orders: {
          function_name: "${aws_lambda_function.orders.function_name}",
          destination_config: { on_failure: { destination: "${aws_sqs_queue.failed.arn}" } },
        },
      },
      aws_sqs_queue: {
        failed: { name: "Failed" },
        emails: {
          name: "Emails",
          redrive_policy: '${jsonencode({"deadLetterTargetArn" = aws_sqs_queue.bounced.arn})}',
        },
        bounced: { name: "Bounced" },
      },
    },
  });
  expect(queues).toEqual([
    { address: "aws_sqs_queue.failed", name: "Failed", functions: ["Orders"], queues: [] },
    { address: "aws_sqs_queue.bounced", name: "Bounced", functions: [], queues: ["Emails"] },
  ]);
});
