import { InvokeCommand } from "@aws-sdk/client-lambda";
import { type DeadLetter, renderDeadLetter } from "@local/aws-on-this-machine/dead-letters/dead-letter";
import { DeadLetterClient } from "@local/aws-on-this-machine/dead-letters/dead-letter-client";
import { parseLimit, parseOptions } from "@local/command-line/options";
import { runCommand } from "@local/command-line/process/run-command";
import { step } from "@local/command-line/progress";
import type { Aws } from "@local/terraform/aws";
import { checkAccount, openWithoutTerraform } from "@local/terraform/deployment-target";
import { explainFailure } from "@local/terraform/plan/explain-failure";
import { systemNames } from "../stacks/names";
import { APPLICATION } from "./application/application";

/** The events that are listed by default. They are enough to see the fault. */
const SHOWN = 100;
const NONE = "No events.";

/** `npm run dead-letters`: lists the events that failed, or gives them to the function again. */
async function main(args: string[]): Promise<number> {
  const { values } = parseOptions(args, {
    "put-back": { type: "boolean" },
    limit: { type: "string" },
    json: { type: "boolean" },
  });
  const limit = values.limit === undefined ? undefined : parseLimit(values.limit);
  const target = await openWithoutTerraform(APPLICATION);
  const { deployment } = target;
  await deployment.synthesize();
  const stack = deployment.system;
  const names = systemNames({ environment: deployment.environmentName, region: stack.region });
  const text = await step(`Queue ${names.deadLetterQueue}`, async (current) => {
    current.setNote((await checkAccount(target, stack)).description);
    const aws = await deployment.connect();
    const queue = await DeadLetterClient.open(aws.sqs, names.deadLetterQueue);
    if (values["put-back"]) {
      const counts = await putBack(queue, aws, names.function.functionName, limit);
      return values.json ? JSON.stringify(counts, null, 2) : renderPutBack(counts, names.function.functionName);
    }
    const [count, letters] = [await queue.count(), await queue.list(limit ?? SHOWN)];
    return values.json ? JSON.stringify(letters, null, 2) : renderList(letters, count);
  }).catch(explainFailure);
  console.log(text);
  return 0;
}

async function putBack(
  queue: DeadLetterClient,
  { lambda }: Aws,
  FunctionName: string,
  limit = Number.POSITIVE_INFINITY,
) {
  return queue.putBack(async (event) => {
    const Payload = Buffer.from(event);
    await lambda.send(new InvokeCommand({ FunctionName, InvocationType: "Event", Payload }));
  }, limit);
}

function renderPutBack({ accepted, left, newer }: Awaited<ReturnType<typeof putBack>>, functionName: string): string {
  if (accepted + left + newer === 0) return NONE;
  const lines = [`Put back ${plural(accepted, "event")}${accepted > 0 ? `; ${functionName} runs them now` : ""}.`];
  if (left > 0) lines.push(`${plural(left, "message")} in the queue cannot be put back: no events.`);
  if (newer > 0) lines.push(`${plural(newer, "event")} came since; --put-back again gives them to the function, too.`);
  return lines.join("\n");
}

function renderList(letters: readonly DeadLetter[], count: number): string {
  if (letters.length === 0) return NONE;
  const lines = letters.map((letter) => renderDeadLetter(letter, Date.now()));
  if (count > letters.length) lines.push(`… of about ${count}; --limit ${count} shows all.`);
  return lines.join("\n");
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

runCommand(main);
