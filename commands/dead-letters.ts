import { InvokeCommand } from "@aws-sdk/client-lambda";
import { GetQueueUrlCommand, type Message, SendMessageCommand } from "@aws-sdk/client-sqs";
import { type DeadLetter, renderDeadLetter } from "@local/aws-on-this-machine/dead-letters/dead-letter";
import { DeadLetterClient } from "@local/aws-on-this-machine/dead-letters/dead-letter-client";
import { type DeadLetterQueue, findDeadLetterQueues } from "@local/aws-on-this-machine/dead-letters/dead-letter-queues";
import { findByName } from "@local/aws-on-this-machine/inventory/find-by-name";
import { parseLimit, parseOptions } from "@local/command-line/options";
import { runCommand } from "@local/command-line/process/run-command";
import { step } from "@local/command-line/progress";
import type { Aws } from "@local/terraform/aws";
import { checkAccount, openWithoutTerraform } from "@local/terraform/deployment-target";
import { explainFailure } from "@local/terraform/plan/explain-failure";
import { APPLICATION } from "./application/application";

/** The events of a queue that are listed by default. They are enough to see the fault. */
const SHOWN = 100;
const NONE = "No dead letters.";

/** `npm run dead-letters`: lists the events and messages that failed, or puts them back. */
async function main(args: string[]): Promise<number> {
  const { values } = parseOptions(args, {
    "put-back": { type: "boolean" },
    queue: { type: "string" },
    limit: { type: "string" },
    json: { type: "boolean" },
  });
  const limit = values.limit === undefined ? undefined : parseLimit(values.limit);
  const target = await openWithoutTerraform(APPLICATION);
  const { deployment } = target;
  await deployment.synthesize();
  const stack = deployment.system;
  const all = findDeadLetterQueues(stack.configuration());
  const queues = values.queue === undefined ? all : [findByName(all, values.queue, "dead-letter queue")];
  const results: { readonly value: object; readonly text: string }[] = [];
  for (const queue of queues) {
    const work = async (current: { setNote(note: string): void }) => {
      current.setNote((await checkAccount(target, stack)).description);
      const aws = await deployment.connect();
      const client = await DeadLetterClient.open(aws.sqs, queue.name);
      return values["put-back"] ? putBack(client, aws, queue, limit) : list(client, queue, limit ?? SHOWN);
    };
    results.push(await step(`Queue ${queue.name}`, work).catch(explainFailure));
  }
  const render = ({ text }: { text: string }, index: number) =>
    queues.length === 1 ? text : `${queues[index]?.name}\n${text.replaceAll(/^/gm, "  ")}`;
  console.log(values.json ? JSON.stringify(join(results), null, 2) : results.map(render).join("\n"));
  return 0;
}

async function list(client: DeadLetterClient, { name }: DeadLetterQueue, limit: number) {
  const [count, letters] = [await client.count(), await client.list(limit)];
  return { value: letters.map((letter) => ({ ...letter, queue: name })), text: renderList(letters, count) };
}

async function putBack(client: DeadLetterClient, aws: Aws, queue: DeadLetterQueue, limit = Number.POSITIVE_INFINITY) {
  const destinations = new Set<string>();
  const give = async ({ event, functionArn }: DeadLetter, { Body, Attributes }: Message) => {
    const FunctionName = functionArn ?? (queue.functions.length === 1 ? queue.functions[0] : undefined);
    const [QueueName] = queue.queues;
    if (event !== undefined && FunctionName) {
      await aws.lambda.send(new InvokeCommand({ FunctionName, InvocationType: "Event", Payload: Buffer.from(event) }));
      destinations.add(FunctionName.split(":").at(-1) ?? FunctionName);
    } else if (event === undefined && QueueName && queue.queues.length === 1) {
      const { QueueUrl } = await aws.sqs.send(new GetQueueUrlCommand({ QueueName }));
      const { MessageGroupId } = Attributes ?? {};
      await aws.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: Body, MessageGroupId }));
      destinations.add(QueueName);
    } else return false;
    return true;
  };
  const counts = await client.putBack(give, limit);
  return { value: { ...counts, queue: queue.name }, text: renderPutBack(counts, [...destinations]) };
}

/** The lists of all queues are one list. */
function join(results: readonly { readonly value: object }[]): unknown {
  const values = results.map(({ value }) => value);
  return values.length === 1 ? values[0] : values.flat();
}

function renderPutBack(
  { accepted, left, newer }: Awaited<ReturnType<DeadLetterClient["putBack"]>>,
  destinations: readonly string[],
): string {
  if (accepted + left + newer === 0) return NONE;
  const lines = [`Put back ${plural(accepted)}${accepted > 0 ? ` to ${destinations.join(" and ")}` : ""}.`];
  if (left > 0) lines.push(`${plural(left)} of no known function or queue cannot be put back.`);
  if (newer > 0) lines.push(`${plural(newer)} came since; --put-back again takes them, too.`);
  return lines.join("\n");
}

function renderList(letters: readonly DeadLetter[], count: number): string {
  if (letters.length === 0) return NONE;
  const lines = letters.map((letter) => renderDeadLetter(letter, Date.now()));
  if (count > letters.length) lines.push(`… of about ${count}; --limit ${count} shows all.`);
  return lines.join("\n");
}

function plural(count: number): string {
  return `${count} ${count === 1 ? "message" : "messages"}`;
}

runCommand(main);
