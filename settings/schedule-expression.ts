/** A field of a cron expression. */
interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** Names for the numbers from `min` on. */
  readonly names?: readonly string[];
  /** The characters that AWS allows beside the values. */
  readonly wildcards: string;
  /** The forms besides a value, a range and a step. The group matches a value. */
  readonly special?: RegExp;
}

const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const DAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

const FIELDS: readonly Field[] = [
  { name: "minutes", min: 0, max: 59, wildcards: ", - * /" },
  { name: "hours", min: 0, max: 23, wildcards: ", - * /" },
  { name: "day-of-month", min: 1, max: 31, wildcards: ", - * ? / L W", special: /^(?:\?|LW?|(\d+)W)$/ },
  { name: "month", min: 1, max: 12, names: MONTHS, wildcards: ", - * /" },
  {
    name: "day-of-week",
    min: 1,
    max: 7,
    names: DAYS,
    wildcards: ", - * ? L #",
    special: /^(?:\?|L|(\d|[A-Za-z]{3})(?:L|#[1-5]))$/,
  },
  { name: "year", min: 1970, max: 2199, wildcards: ", - * /" },
];

/** `rate()` in every detail, `cron()` by its six fields; see `cronMistake` for these. */
export const SCHEDULE_EXPRESSION =
  /^(rate\(1 (minute|hour|day)\)|rate\((?!1 |0)\d+ (minutes|hours|days)\)|cron\(\S+( \S+){5}\))$/;

/**
 * Returns the part of a `cron()` expression of six fields that EventBridge would refuse, as `use ... instead of ...`.
 * Returns undefined for a correct expression and for every other text.
 *
 * It allows AWS's documented syntax, and more that users saw AWS take: names in lower case, `LW` and ranges with a
 * step. A range may go over the end, such as the hours `20-2` (AWS's own example), but not one of years. A step is at
 * most the field's largest number: AWS refuses a step of 60 minutes.
 *
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cron-expressions.html
 * @see https://github.com/grumBit/aws_cron_expression_validator/issues/18
 * @see https://github.com/aws/aws-sdk-js/issues/4212
 */
export function cronMistake(expression: string): string | undefined {
  const texts = /^cron\((.*)\)$/.exec(expression)?.[1]?.split(" ") ?? [];
  if (texts.length !== FIELDS.length) return undefined;
  for (const [index, field] of FIELDS.entries()) {
    const text = texts[index] ?? "";
    if (!takes(field, text)) return `use ${describe(field)} instead of ${text}`;
  }
  const [, , dayOfMonth, , dayOfWeek] = texts;
  return (dayOfMonth === "?") === (dayOfWeek === "?")
    ? `use ? in one of day-of-month and day-of-week instead of ${dayOfMonth} and ${dayOfWeek}`
    : undefined;
}

function describe({ name, min, max, names, wildcards }: Field): string {
  return `${name} from ${min} to ${max}${names ? ` or ${names[0]} to ${names.at(-1)}` : ""} (and ${wildcards})`;
}

function takes(field: Field, text: string): boolean {
  const special = field.special?.exec(text);
  if (special) return special[1] === undefined || takesPart(field, special[1]);
  const parts = text.split(",");
  return parts.every((part) => takesPart(field, part)) && (parts.length === 1 || !parts.includes("*"));
}

/** Whether a field takes `*`, a value or a range, and after a number or `*` a step. */
function takesPart({ name, min, max, names = [], wildcards }: Field, part: string): boolean {
  const named = /^([A-Z]{3})(?:-([A-Z]{3}))?$/i.exec(part);
  if (named) return named.slice(1).every((each) => each === undefined || names.includes(each.toUpperCase()));
  const numbered = /^(?:\*|(\d+)(?:-(\d+))?)(?:\/(\d+))?$/.exec(part);
  if (!numbered) return false;
  const [, from = min, to = max, step = 1] = numbered.map((each) => (each === undefined ? undefined : Number(each)));
  const isIn = (value: number, least: number) => value >= least && value <= max;
  return (
    isIn(from, min) &&
    isIn(to, min) &&
    isIn(step, 1) &&
    (wildcards.includes("/") || !part.includes("/")) &&
    (name !== "year" || from <= to)
  );
}
