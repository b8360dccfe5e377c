import { z } from "zod";
import { pattern, percentage, wholeNumber } from "./types";

const emailAddress = z.email({ error: "use an e-mail address, or a list of them" });

/** The values above which alarms fire, and the receivers. */
export const alarmSettings = z.strictObject({
  serverErrors: wholeNumber(0, 1_000_000, "responses in 300 s")
    .default(10)
    .describe("API answers with 5xx, in two periods in a row."),
  serverErrorPercent: percentage()
    .default(5)
    .describe("The share of requests that the API answers with 5xx, in two periods of 300 s in a row."),
  clientErrorPercent: percentage().optional().meta({
    description:
      "The share of requests that an API answers with 4xx, also those above the throttle (429), in two periods of 300 s in a row.",
    unset: "none; there is no such alarm",
  }),
  latencyMs: wholeNumber(1, 30_000, "milliseconds").optional().meta({
    description: "The latency that one answer of an API in a hundred exceeds (p99), in two periods of 300 s in a row.",
    unset: "none; there is no such alarm",
  }),
  functionErrors: wholeNumber(0, 1_000_000, "invocations in 300 s").default(0).describe("Invocations that failed."),
  functionThrottles: wholeNumber(0, 1_000_000, "invocations in 300 s")
    .default(0)
    .describe("Invocations that Lambda refused because no concurrency was left."),
  deadLetters: wholeNumber(0, 1_000_000, "messages")
    .default(0)
    .describe("Messages that wait in the dead-letter queue."),
  tableThrottles: wholeNumber(0, 1_000_000, "requests in 300 s")
    .default(0)
    .describe("Writes that the table refused because its capacity was used up."),
  tableReadThrottles: wholeNumber(0, 1_000_000, "requests in 300 s")
    .default(0)
    .describe("Reads that a table refused because its capacity was used up."),
  queueAgeSeconds: wholeNumber(0, 1_209_600, "seconds")
    .default(3600)
    .describe("The age of the oldest message of a queue that a function consumes."),
  streamAgeSeconds: wholeNumber(0, 86_400, "seconds")
    .default(600)
    .describe("The age of the last change that the consumer of a table's stream got."),
  // ACM renews a certificate 45 or, in older texts of AWS, 60 days before its end.
  certificateDays: wholeNumber(1, 44, "days, because ACM renews a certificate before that")
    .default(30)
    .describe("The days until the end of a domain's own certificate. This alarm fires below its value."),
  email: z
    .union([emailAddress, z.array(emailAddress).min(1)], { error: "use an e-mail address, or a list of them" })
    .optional()
    .describe(
      "The addresses that are told of every alarm, once they have confirmed the subscription. A new address belongs at the end.",
    ),
  topicArn: pattern(
    /^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w-]{1,256}$/,
    "use the ARN of an SNS topic, such as arn:aws:sns:us-west-2:123456789012:alarms",
  )
    .optional()
    .meta({
      description: "An existing topic for the alarms, with a policy that lets CloudWatch publish.",
      unset: "a topic of the system's own",
    }),
});
