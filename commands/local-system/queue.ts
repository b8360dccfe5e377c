import { GetQueueAttributesCommand, GetQueueUrlCommand, SendMessageCommand, type SQSClient } from "@aws-sdk/client-sqs";

/** Sends a message, as JSON, to the queue with an ARN. */
export async function sendToQueue(sqs: SQSClient, queueArn: string, message: object): Promise<void> {
  const QueueUrl = await findQueueUrl(sqs, queueArn);
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(message) }));
}

/** How many messages wait in the queue with an ARN. */
export async function countMessages(sqs: SQSClient, queueArn: string): Promise<number> {
  const QueueUrl = await findQueueUrl(sqs, queueArn);
  const AttributeNames = ["ApproximateNumberOfMessages" as const];
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames }));
  return Number(Attributes?.ApproximateNumberOfMessages ?? 0);
}

async function findQueueUrl(sqs: SQSClient, queueArn: string): Promise<string | undefined> {
  const [QueueOwnerAWSAccountId, QueueName] = queueArn.split(":").slice(-2);
  return (await sqs.send(new GetQueueUrlCommand({ QueueName, QueueOwnerAWSAccountId }))).QueueUrl;
}
