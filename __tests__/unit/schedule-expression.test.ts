import { parseSettings, SettingsError } from "../../settings/settings";

/** The lines that an expression in cdktf.json causes. */
function mistakes(expression: string): readonly string[] {
  try {
    parseSettings({ production: { schedule: { expression } } }, "production");
    return [];
  } catch (error) {
    if (error instanceof SettingsError) return error.mistakes;
    throw error;
  }
}

// Each of these is in AWS's documents, or was accepted by AWS according to the tests or the issues of public projects.
test.each([
  "rate(1 minute)",
  "rate(7 days)",
  "cron(* * ? * SAT#3 *)",
  "cron(5,35 14 * * ? *)",
  "cron(0/5 5 ? JAN 1-5 2022)",
  "cron(15 10 ? * 6L 2022-2023)",
  "cron(0 8 ? * L *)",
  "cron(0 8 L * ? *)",
  "cron(0 8 LW * ? *)",
  "cron(0 8 31W * ? *)",
  "cron(0 9 ? * 3#2 *)",
  "cron(0 0 1 JAN,apr,Jul-Sep ? *)",
  "cron(0 8 ? * Mon-fri *)",
  "cron(00 07 01 1/3 ? *)",
  "cron(*/10 11-23/2,5 * * ? 1970-2199/2)",
  "cron(1-31/30 8-8 ? * 2,3,4,5,6,7 *)",
])("%s is right", (expression) => expect(mistakes(expression)).toEqual([]));

// AWS documents the first. It says nothing of the others; they are common in public configurations of EventBridge.
test.each(["cron(0/30 20-2 ? * MON-FRI *)", "cron(0 1 ? * FRI-MON *)", "cron(0 0 ? NOV-FEB 7-1 *)"])(
  "%s goes over the end of a range",
  (expression) => expect(mistakes(expression)).toEqual([]),
);

const MINUTES = "use minutes from 0 to 59 (and , - * /)";
const HOURS = "use hours from 0 to 23 (and , - * /)";
const DAY_OF_MONTH = "use day-of-month from 1 to 31 (and , - * ? / L W)";
const MONTH = "use month from 1 to 12 or JAN to DEC (and , - * /)";
const DAY_OF_WEEK = "use day-of-week from 1 to 7 or SUN to SAT (and , - * ? L #)";
const YEAR = "use year from 1970 to 2199 (and , - * /)";
const ONE_ANY_DAY = "use ? in one of day-of-month and day-of-week";
const SIX_FIELDS =
  "use rate(1 hour), rate(24 hours) or the like (singular for 1, plural above), or cron() with six fields";

test.each([
  ["cron(banana a b c d e)", `${MINUTES} instead of banana`],
  ["cron(0 6 * * * *)", `${ONE_ANY_DAY} instead of * and *`],
  ["cron(61 6 * * ? *)", `${MINUTES} instead of 61`],
  ["cron(0 25 * * ? *)", `${HOURS} instead of 25`],
  ["cron(0 12 ? * ? *)", `${ONE_ANY_DAY} instead of ? and ?`],
  ["cron(0 12 1 * MON *)", `${ONE_ANY_DAY} instead of 1 and MON`],
  ["cron(*/60 * * * ? *)", `${MINUTES} instead of */60`],
  ["cron(0/0 * * * ? *)", `${MINUTES} instead of 0/0`],
  ["cron(50-60 * * * ? *)", `${MINUTES} instead of 50-60`],
  ["cron(5--7 * * * ? *)", `${MINUTES} instead of 5--7`],
  ["cron(*-5 * * * ? *)", `${MINUTES} instead of *-5`],
  ["cron(1.5 * * * ? *)", `${MINUTES} instead of 1.5`],
  ["cron(0, 9 * * ? *)", `${MINUTES} instead of 0,`],
  ["cron(0 ? * * ? *)", `${HOURS} instead of ?`],
  ["cron(0 8,24 * * ? *)", `${HOURS} instead of 8,24`],
  ["cron(0 *,8 * * ? *)", `${HOURS} instead of *,8`],
  ["cron(0 0 0 * ? *)", `${DAY_OF_MONTH} instead of 0`],
  ["cron(0 0 32W * ? *)", `${DAY_OF_MONTH} instead of 32W`],
  ["cron(0 0 W * ? *)", `${DAY_OF_MONTH} instead of W`],
  ["cron(0 0 1,L * ? *)", `${DAY_OF_MONTH} instead of 1,L`],
  ["cron(0 0 1 13 ? *)", `${MONTH} instead of 13`],
  ["cron(0 0 1 JAN-FOO ? *)", `${MONTH} instead of JAN-FOO`],
  ["cron(0 0 1 JANUARY ? *)", `${MONTH} instead of JANUARY`],
  ["cron(0 0 ? * 0 *)", `${DAY_OF_WEEK} instead of 0`],
  ["cron(0 0 ? * 2/2 *)", `${DAY_OF_WEEK} instead of 2/2`],
  ["cron(0 0 ? * 8L *)", `${DAY_OF_WEEK} instead of 8L`],
  ["cron(0 0 ? * 3#6 *)", `${DAY_OF_WEEK} instead of 3#6`],
  ["cron(0 0 ? * 3#1,6#3 *)", `${DAY_OF_WEEK} instead of 3#1,6#3`],
  ["cron(0 0 ? * 15W *)", `${DAY_OF_WEEK} instead of 15W`],
  ["cron(0 0 1 * ? 1969)", `${YEAR} instead of 1969`],
  ["cron(0 0 1 * ? 2200)", `${YEAR} instead of 2200`],
  ["cron(0 0 1 * ? 2030-2025)", `${YEAR} instead of 2030-2025`],
  ["cron(0 0 1 * ?)", SIX_FIELDS],
  ["cron(0 0  1 * ? *)", SIX_FIELDS],
  ["cron(0 0 0 1 * ? *)", SIX_FIELDS],
  ["rate(0 minutes)", SIX_FIELDS],
  ["rate(-10 minutes)", SIX_FIELDS],
  ["rate(10 MINUTES)", SIX_FIELDS],
  ["rate(10 seconds)", SIX_FIELDS],
  [`cron(0${",0".repeat(130)} 0 1 * ? *)`, "use at most 256 characters"],
])("%s is wrong", (expression, allowed) =>
  expect(mistakes(expression)).toEqual([
    `environments.production.schedule.expression: "${expression}" is not allowed; ${allowed}`,
  ]),
);
