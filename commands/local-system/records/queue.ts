import { GetQueueAttributesCommand, GetQueueUrlCommand, SendMessageCommand, type SQSClient } from "@aws-sdk/client-sqs";

/** Sends a message, as JSON, to a queue. */
export async function sendToQueue(sqs: SQSClient, queueArn: string, message: object): Promise<void> {
  const QueueUrl = await findQueueUrl(sqs, queueArn);
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(message) }));
}

/** The number of messages in a queue. */
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
