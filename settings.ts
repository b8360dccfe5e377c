import { readFileSync } from "node:fs";
import { z } from "zod";

/** The environment that is synthesized when `ENVIRONMENT` names no other. */
export const DEFAULT_ENVIRONMENT = "production";

/** API Gateway ends a request to a Lambda integration of an HTTP API after this many seconds. */
const API_INTEGRATION_TIMEOUT_SECONDS = 30;

/** The retention periods that CloudWatch Logs accepts, in days (PutRetentionPolicy). */
const LOG_RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

/** How long the function needs to give up a table that does not answer (12 s, see lambda-src/table.py), and to say so. */
const TABLE_WORST_CASE_SECONDS = 13;

/** The Python runtimes of Lambda that the oldest supported AWS provider (5.100) knows. */
const RUNTIMES = ["python3.8", "python3.9", "python3.10", "python3.11", "python3.12", "python3.13"] as const;

const HTTP_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "*"] as const;

// Each schema below carries one message for all the ways in which its value can be wrong:
// what is allowed. `describeIssue` puts the path and the value before it.
const wholeNumber = (min: number, max: number, unit: string) => {
  const error = `use a whole number from ${min} to ${max} (${unit})`;
  return z.int({ error }).min(min, { error }).max(max, { error });
};
/** Terraform would evaluate these instead of taking them as text. */
const isPlain = (text: string) => !/[$%]\{/.test(text);
const pattern = (regex: RegExp, error: string) =>
  z.string({ error }).regex(regex, { error }).refine(isPlain, { error });
const oneOf = <const T extends readonly string[]>(values: T) =>
  z.enum(values, { error: `use one of ${values.join(", ")}` });
const trueOrFalse = z.boolean({ error: "use true or false" });
const retentionDays = z
  .number({ error: `use one of ${LOG_RETENTION_DAYS.join(", ")} (days)` })
  .refine((days) => LOG_RETENTION_DAYS.includes(days), { error: `use one of ${LOG_RETENTION_DAYS.join(", ")} (days)` });
const textList = (error: string) => z.array(pattern(/\S/, error), { error }).min(1, { error });

const bucketName = pattern(
  /^(?!xn--|sthree-|amzn-s3-demo-)(?!.*\.\.)(?!\d+\.\d+\.\d+\.\d+$)(?!.*(-s3alias|--ol-s3|\.mrap|--x-s3)$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
  "use an S3 bucket name: 3 to 63 lower-case letters, digits, dots and hyphens, beginning and ending with a letter or digit",
);

const scheduleExpression = pattern(
  /^(rate\(1 (minute|hour|day)\)|rate\((?!1 |0)\d+ (minutes|hours|days)\)|cron\((\S+ \S+ \? \S+ \S+|\S+ \S+ \S+ \S+ \?|\S+ \S+ \S+ \S+ \S+) \S+\))$/,
  "use rate(1 hour), rate(24 hours) or the like (singular for 1, plural above), or cron() with six fields",
);

const tagText = (max: number) =>
  pattern(
    new RegExp(`^[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]{1,${max}}$`, "u"),
    `use 1 to ${max} letters, digits, spaces or _ . : / = + - @`,
  );
const tagKey = tagText(128)
  .refine((key) => !key.toLowerCase().startsWith("aws:"), { error: "use a key that does not begin with aws:" })
  .refine((key) => key.toLowerCase() !== "environment", { error: "set the Environment tag with environmentTag" });

const functionSettings = z.strictObject({
  /** Lambda runtime identifier. AWS no longer creates python3.8 functions: it synthesizes with a warning. @default python3.13 */
  runtime: oneOf(RUNTIMES).default("python3.13"),
  /** Instruction set. @default arm64 */
  architecture: oneOf(["arm64", "x86_64"]).default("arm64"),
  /** Memory in MB; Lambda gives CPU in proportion. @default 256 */
  memoryMb: wholeNumber(128, 10240, "MB").default(256),
  /** Time limit of one invocation in seconds; the API in front waits 30 s at most. Below 13 there is a warning. @default 30 */
  timeoutSeconds: wholeNumber(
    1,
    API_INTEGRATION_TIMEOUT_SECONDS,
    "seconds; the API waits no longer than 30 s for the function",
  ).default(30),
  /** Instances kept for, and the upper limit of, this function; 0 stops it. @default none: the account's shared pool */
  reservedConcurrency: wholeNumber(0, 100_000, "concurrent executions").optional(),
  /** How long the function's log is kept, in days. @default 30 */
  logRetentionDays: retentionDays.default(30),
});

const provisionedCapacity = z
  .strictObject({
    mode: z.literal("provisioned"),
    /** Read and write capacity units that autoscaling never goes below. @default 5 */
    min: wholeNumber(5, 40_000, "capacity units; the system promises at least 5").default(5),
    /** Read and write capacity units that autoscaling never goes above. @default 200 */
    max: wholeNumber(5, 40_000, "capacity units").default(200),
    /** The share of provisioned capacity in use that autoscaling aims at, in percent. @default 70 */
    targetPercent: wholeNumber(20, 90, "percent").default(70),
  })
  .refine(({ min, max }) => max >= min, { path: ["max"], error: "use at least the value of min" });

const tableSettings = z.strictObject({
  /** `{"mode": "provisioned", "min", "max", "targetPercent"}` with autoscaling, or `{"mode": "on-demand"}`. */
  capacity: z
    .discriminatedUnion("mode", [provisionedCapacity, z.strictObject({ mode: z.literal("on-demand") })], {
      error: 'use an object with "mode": "provisioned" or "on-demand"',
    })
    .prefault({ mode: "provisioned" }),
  /**
   * The attribute whose time (epoch seconds) DynamoDB expires an item at. The function writes none: it is for items
   * that others write, or for a function of yours. @default none: items do not expire
   */
  ttlAttribute: pattern(
    /^(?!RequestId$|Timestamp$)[A-Za-z0-9_.-]{1,255}$/,
    "use an attribute name of 1 to 255 letters, digits, dots, hyphens and underscores, other than the keys RequestId and Timestamp",
  ).optional(),
});

const apiSettings = z.strictObject({
  /** Cross-origin requests from browsers. */
  cors: z
    .strictObject({
      /** Origins that may call the API. @default ["*"] */
      allowOrigins: textList('use a list of origins such as "https://example.com", or ["*"]').default(["*"]),
      /** Methods that they may use. @default GET, POST, PUT, DELETE, OPTIONS */
      allowMethods: z
        .array(oneOf(HTTP_METHODS), { error: `use a list of ${HTTP_METHODS.join(", ")}` })
        .min(1, { error: "use at least one method" })
        .default(["GET", "POST", "PUT", "DELETE", "OPTIONS"]),
      /** Request headers that they may send. */
      allowHeaders: textList("use a list of header names").default([
        "Content-Type",
        "X-Amz-Date",
        "Authorization",
        "X-Api-Key",
        "X-Amz-Security-Token",
      ]),
      /** How long a browser may keep a preflight's answer, in seconds. @default 86400 */
      maxAgeSeconds: wholeNumber(0, 86_400, "seconds").default(86_400),
    })
    .prefault({}),
  /** What the stage lets through before it answers 429. */
  throttle: z
    .strictObject({
      /** Steady requests a second; the default is what the table's default maximum can store. @default 200 */
      rateLimit: wholeNumber(1, 10_000, "requests a second").default(200),
      /** Requests at once above that. @default 400 */
      burstLimit: wholeNumber(1, 5_000, "requests").default(400),
    })
    .prefault({}),
  /** How long the access log is kept in CloudWatch, in days. @default 30 */
  accessLogRetentionDays: retentionDays.default(30),
  /** Requires a JSON Web Token on every request but preflights. @default none: the API is open */
  jwtAuthorizer: z
    .strictObject({
      /** The token's issuer, whose /.well-known/openid-configuration names the keys. */
      issuer: pattern(/^https:\/\/\S+$/, "use the issuer's https:// URL"),
      /** The audiences that are accepted. */
      audience: textList("use a list of audiences"),
    })
    .optional(),
});

const alarmSettings = z.strictObject({
  /** API answers with 5xx, in 300 s, above which the alarm counts a period. @default 10 */
  serverErrors: wholeNumber(0, 1_000_000, "responses in 300 s").default(10),
  /** The share of API answers with 5xx, in percent of the requests in 300 s. @default 5 */
  serverErrorPercent: z
    .number({ error: "use a number from 0 to 100 (percent)" })
    .min(0, { error: "use a number from 0 to 100 (percent)" })
    .max(100, { error: "use a number from 0 to 100 (percent)" })
    .default(5),
  /** Failed invocations of the function in 300 s. @default 0 */
  functionErrors: wholeNumber(0, 1_000_000, "invocations in 300 s").default(0),
  /** Invocations in 300 s that Lambda refused for want of concurrency. @default 0 */
  functionThrottles: wholeNumber(0, 1_000_000, "invocations in 300 s").default(0),
  /** Messages that wait in the dead-letter queue. @default 0 */
  deadLetters: wholeNumber(0, 1_000_000, "messages").default(0),
  /** Requests in 300 s that the table refused for want of capacity. @default 0 */
  tableThrottles: wholeNumber(0, 1_000_000, "requests in 300 s").default(0),
  /** The address that is told of every alarm, after it confirms the subscription. @default none */
  email: z.email({ error: "use an e-mail address" }).optional(),
});

const githubSettings = z.strictObject({
  /**
   * The repository whose workflows may plan and deploy, as the subject of its OIDC tokens names it: `owner/name`, and
   * `owner@1234/name@5678`, with GitHub's ids of both, where it was created or renamed after 2026-07-15 or opted in.
   *
   * @see https://docs.github.com/en/actions/reference/security/oidc#immutable-subject-claims
   */
  repository: pattern(
    /^[A-Za-z0-9](-?[A-Za-z0-9])*(@\d+\/[A-Za-z0-9._-]+@\d+|\/[A-Za-z0-9._-]+)$/,
    "use owner/name, or owner@1234/name@5678 where the repository's OIDC tokens carry these ids",
  ),
  /** The repository's environment whose reviewers approve a deploy. @default the environment's name */
  environment: pattern(/^[^\s:*?/'"`,;\\&]{1,255}$/, "use the name of an environment of the repository").optional(),
  /** GitHub's OIDC provider in IAM, of which an account can have only one. @default create */
  oidcProvider: oneOf(["create", "existing"]).default("create"),
});

/** What an environment may set in cdktf.json. */
export const environmentSettings = z.strictObject({
  /** AWS Region of everything. @default us-west-2 */
  region: pattern(/^[a-z]{2}(-[a-z]+){1,2}-\d$/, "use an AWS Region such as us-west-2").default("us-west-2"),
  /** Value of the tag `Environment` on every resource. @default the environment's name, capitalized */
  environmentTag: tagText(256).optional(),
  /** Further tags on every resource. @default none */
  tags: z.record(tagKey, tagText(256), { error: "use an object of tag keys and values" }).default({}),
  /** Whether the table and the buckets refuse to be deleted. @default true */
  dataProtection: trueOrFalse.default(true),
  /** Where Terraform keeps the system's state. */
  state: z
    .strictObject({
      /** Bucket name, unique in all of AWS. @default serverless-infrastructure-state, with -<environment> outside production */
      bucket: bucketName.optional(),
      /** Object key in the bucket. @default serverless-infrastructure/<environment>.tfstate */
      key: pattern(/^[A-Za-z0-9!_.*'()-][A-Za-z0-9!_.*'()/-]{0,1000}$/, "use an S3 object key").optional(),
    })
    .prefault({}),
  function: functionSettings.prefault({}),
  table: tableSettings.prefault({}),
  api: apiSettings.prefault({}),
  /** The bucket that keeps the access log. */
  logArchive: z
    .strictObject({
      /** When a log object expires, in days. @default 90 */
      expirationDays: wholeNumber(1, 36_500, "days").default(90),
    })
    .prefault({}),
  alarms: alarmSettings.prefault({}),
  /** The regular run of the function. */
  schedule: z
    .strictObject({
      /** EventBridge schedule expression: rate() or cron() in UTC. @default rate(24 hours) */
      expression: scheduleExpression.default("rate(24 hours)"),
    })
    .prefault({}),
  /** Roles for GitHub's workflows. @default none: there is no stack github-access */
  github: githubSettings.optional(),
});

type EnvironmentSettings = z.output<typeof environmentSettings>;

/** The settings of one environment, with every default filled in. */
export type Settings = Omit<EnvironmentSettings, "environmentTag" | "state" | "github"> & {
  /** The environment's name; `production` gives physical names without a suffix. */
  readonly environment: string;
  readonly environmentTag: string;
  readonly state: Required<EnvironmentSettings["state"]>;
  readonly github?: Required<z.output<typeof githubSettings>>;
};

/** Mistakes in the settings, one line each: the path, the value and what is allowed. */
export class SettingsError extends Error {
  constructor(readonly mistakes: readonly string[]) {
    super(mistakes.join("\n"));
    this.name = "SettingsError";
  }
}

/**
 * Names a physical resource: the bare name in production, `<name>-<environment>` elsewhere, so that several
 * environments can share an account.
 */
export function physicalName(name: string, environment: string): string {
  return environment === DEFAULT_ENVIRONMENT ? name : `${name}-${environment}`;
}

/**
 * Validates the settings of one environment and fills in the defaults.
 *
 * @param environments the overrides of every environment, as `context.environments` of cdktf.json has them
 * @param environment the name of the environment to take
 * @throws SettingsError with a line for each mistake
 */
export function parseSettings(environments: Readonly<Record<string, unknown>>, environment: string): Settings {
  const overrides = Object.hasOwn(environments, environment) ? environments[environment] : undefined;
  if (overrides === undefined) {
    const known = Object.keys(environments).join(", ") || "none";
    throw new SettingsError([
      `ENVIRONMENT: ${JSON.stringify(environment)} is not an environment; use one of ${known}, or add it to context.environments in cdktf.json`,
    ]);
  }
  // The longest physical name is the log bucket's: api-logs-<12 digits>-<Region>-<environment>, 63 characters at most.
  if (!/^[a-z][a-z0-9-]{0,19}$/.test(environment)) {
    throw new SettingsError([
      `environments: ${JSON.stringify(environment)} is not allowed as a name; use 1 to 20 lower-case letters, digits and hyphens, beginning with a letter`,
    ]);
  }
  const parsed = environmentSettings.safeParse(overrides);
  if (!parsed.success) {
    throw new SettingsError(parsed.error.issues.flatMap((issue) => describeIssue(issue, environment, overrides)));
  }
  const { data } = parsed;
  return {
    ...data,
    environment,
    environmentTag: data.environmentTag ?? environment.charAt(0).toUpperCase() + environment.slice(1),
    state: {
      bucket: data.state.bucket ?? physicalName("serverless-infrastructure-state", environment),
      key: data.state.key ?? `serverless-infrastructure/${environment}.tfstate`,
    },
    github: data.github && { ...data.github, environment: data.github.environment ?? environment },
  };
}

/**
 * Reads the settings from cdktf.json in the working folder; `ENVIRONMENT` picks the environment.
 *
 * @throws SettingsError where the file cannot be read, the environment is unknown or a value is wrong
 */
export function loadSettings(): Settings {
  let text: string;
  try {
    text = readFileSync("cdktf.json", "utf8");
  } catch {
    throw new SettingsError(["cdktf.json: cannot be read; run this in the project's folder"]);
  }
  let config: unknown;
  try {
    config = JSON.parse(text);
  } catch (error) {
    throw new SettingsError([`cdktf.json: is not valid JSON: ${(error as Error).message}`]);
  }
  const parsed = z.object({ context: z.object({ environments: z.record(z.string(), z.unknown()) }) }).safeParse(config);
  if (!parsed.success) {
    throw new SettingsError(["cdktf.json: has no context.environments; add an object with an entry an environment"]);
  }
  return parseSettings(parsed.data.context.environments, process.env.ENVIRONMENT || DEFAULT_ENVIRONMENT);
}

/** What synthesizes but deserves a second thought, a line each. */
export function settingsWarnings(settings: Settings): string[] {
  const { runtime, timeoutSeconds } = settings.function;
  return [
    ...(runtime === "python3.8"
      ? [
          "function.runtime: AWS creates no python3.8 functions since 2026-06-01 and updates none since 2026-07-01; use python3.13",
        ]
      : []),
    ...(timeoutSeconds < TABLE_WORST_CASE_SECONDS
      ? [
          `function.timeoutSeconds: ${timeoutSeconds} s may end the function while it still tries to reach the table, for up to 12 s; use at least ${TABLE_WORST_CASE_SECONDS}`,
        ]
      : []),
  ];
}

function describeIssue(issue: z.core.$ZodIssue, environment: string, input: unknown): string[] {
  const path = (keys: readonly PropertyKey[]) => ["environments", environment, ...keys].join(".");
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => `${path([...issue.path, key])}: is not a setting; correct its name or remove it`);
  }
  if (issue.code === "invalid_key") {
    const messages = [...new Set(issue.issues.map(({ message }) => message))];
    return messages.map((message) => `${path(issue.path)}: is not allowed as a key; ${message}`);
  }
  const value = issue.path.reduce<unknown>(
    (parent, key) => (parent as Record<PropertyKey, unknown> | undefined)?.[key],
    input,
  );
  const allowed = issue.message.startsWith("use ") ? issue.message : "use an object of settings";
  return [
    `${path(issue.path)}: ${value === undefined ? "is missing" : `${JSON.stringify(value)} is not allowed`}; ${allowed}`,
  ];
}
