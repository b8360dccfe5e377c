import { GetQueueAttributesCommand, type SQSClient } from "@aws-sdk/client-sqs";
import { parseJson } from "@local/command-line/text/json";
import type { ResourceRef } from "./resource-ref";

export interface QueueResource {
  readonly address: string;
  readonly name: string;
  readonly arn: string;
  readonly url: string;
  /** The ARN of its dead-letter queue, if it has one. */
  readonly deadLetterArn?: string;
}

export async function readQueue(sqs: SQSClient, { address, id: url }: ResourceRef): Promise<QueueResource> {
  const { Attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ["QueueArn", "RedrivePolicy"] }),
  );
  const { QueueArn: arn = "", RedrivePolicy } = Attributes;
  const { deadLetterTargetArn } = (parseJson(RedrivePolicy ?? "") ?? {}) as { deadLetterTargetArn?: string };
  return { address, name: url.split("/").at(-1) ?? "", arn, url, deadLetterArn: deadLetterTargetArn };
}
