import { z } from "zod";

// Each schema below has one message for every mistake. It names the allowed values.

/** A whole number within both limits. */
export const wholeNumber = (min: number, max: number, unit: string) => {
  const error = `use a whole number from ${min} to ${max} (${unit})`;
  return z.int({ error }).min(min, { error }).max(max, { error });
};

/** Not necessarily a whole number. */
export const percentage = () => {
  const error = "use a number from 0 to 100 (percent)";
  return z.number({ error }).min(0, { error }).max(100, { error });
};

/** Terraform would evaluate these instead of taking them as text. */
const isPlain = (text: string) => !/[$%]\{/.test(text);

/** A text that matches a pattern. */
export const pattern = (regex: RegExp, error: string) =>
  z.string({ error }).regex(regex, { error, abort: true }).refine(isPlain, { error });

/** A list of texts, at least one, that match a pattern. */
export const listOf = (regex: RegExp, error: string) => z.array(pattern(regex, error), { error }).min(1, { error });

export const oneOf = <const T extends readonly string[]>(values: T) =>
  z.enum(values, { error: `use one of ${values.join(", ")}` });

export const trueOrFalse = z.boolean({ error: "use true or false" });

const shift = z.strictObject({
  mode: oneOf(["canary", "linear"]),
  percent: wholeNumber(1, 99, "percent"),
  minutes: wholeNumber(1, 2880, "minutes"),
});

export const releaseSettings = z
  .union([z.literal("all-at-once"), shift], {
    error:
      'use "all-at-once", or an object such as {"mode": "canary", "percent": 10, "minutes": 5} with the mode canary or linear, percent from 1 to 99 and minutes from 1 to 2880',
  })
  .default("all-at-once")
  .describe(
    "How new code gets the invocations: all of them with the deployment, or by steps with CodeDeploy, which an alarm rolls back. `canary` moves `percent` of them, and the others after `minutes`. `linear` moves `percent` every `minutes`. All steps take at least 5 minutes: the first alarm can take some.",
  );
