import { randomUUID } from "node:crypto";
import { PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { InvokeCommand } from "@aws-sdk/client-lambda";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { PublishCommand } from "@aws-sdk/client-sns";
import { GetQueueUrlCommand, SendMessageCommand } from "@aws-sdk/client-sqs";
import type { Aws } from "@local/terraform/aws";

type Attributes = Readonly<Record<string, string>>;

/** Sends messages to the destinations of functions and event sources: queues, topics, functions, event buses and buckets. */
export class Destinations {
  private readonly urls = new Map<string, Promise<string>>();

  constructor(private readonly aws: Aws) {}

  /** @param folder the beginning of the keys in a bucket */
  async send(arn: string, message: string, attributes: Attributes = {}, folder = "aws/lambda"): Promise<void> {
    const [, , service, , account, name = ""] = arn.split(":");
    const MessageAttributes = Object.fromEntries(
      Object.entries(attributes).map(([key, StringValue]) => [key, { DataType: "String", StringValue }]),
    );
    if (service === "sqs") {
      const QueueUrl = await this.urlOf(arn, name, account);
      await this.aws.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: message, MessageAttributes }));
    } else if (service === "sns") {
      await this.aws.sns.send(new PublishCommand({ TopicArn: arn, Message: message, MessageAttributes }));
    } else if (service === "lambda") {
      const Payload = Buffer.from(message);
      await this.aws.lambda.send(new InvokeCommand({ FunctionName: arn, InvocationType: "Event", Payload }));
    } else if (service === "events") {
      const { requestContext } = JSON.parse(message);
      const detailType = `Lambda Function Invocation Result - ${requestContext.condition === "Success" ? "Success" : "Failure"}`;
      const entry = { Source: "lambda", DetailType: detailType, Detail: message, EventBusName: arn };
      await this.aws.events.send(new PutEventsCommand({ Entries: [entry] }));
    } else if (service === "s3") {
      const [day = "", time = ""] = new Date().toISOString().slice(0, 19).split("T");
      const Key = `${folder}/${day.replaceAll("-", "/")}/${day}T${time.replaceAll(":", ".")}-${randomUUID()}`;
      await this.aws.s3.send(new PutObjectCommand({ Bucket: name, Key, Body: message }));
    } else throw new Error(`${arn} is no destination that runs here`);
  }

  private urlOf(arn: string, QueueName: string, QueueOwnerAWSAccountId: string | undefined): Promise<string> {
    const known = this.urls.get(arn);
    if (known) return known;
    const found = this.aws.sqs
      .send(new GetQueueUrlCommand({ QueueName, QueueOwnerAWSAccountId }))
      .then(({ QueueUrl = "" }) => QueueUrl);
    this.urls.set(arn, found);
    found.catch(() => this.urls.delete(arn));
    return found;
  }
}
