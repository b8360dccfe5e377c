import { z } from "zod";
import { REGIONS } from "../stacks/regions";
import { alarmSettings } from "./alarms";
import { corsSettings } from "./cors";
import { checkDomain, domainSettings } from "./domain";
import { PYTHON_RUNTIME_NAMES } from "./lambda-runtimes";
import { cronMistake, SCHEDULE_EXPRESSION } from "./schedule-expression";
import { listOf, oneOf, pattern, releaseSettings, trueOrFalse, wholeNumber } from "./types";

// `npm run settings` writes settings/settings.schema.json and docs/settings.md from this file. A description explains a
// setting. Its error message names the allowed values, with the unit. `unset` explains a setting without a default.

/** API Gateway ends a request to a Lambda integration of an HTTP API after this many seconds. */
const API_INTEGRATION_TIMEOUT_SECONDS = 30;

/** The retention periods that CloudWatch Logs accepts, in days (PutRetentionPolicy). */
const LOG_RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
] as const;

/** The shortest time limit, in seconds, in which the function can answer that the table does not: see lambda-src/table.py. */
export const TABLE_WORST_CASE_SECONDS = 13;

const retentionDays = z.literal(LOG_RETENTION_DAYS, { error: `use one of ${LOG_RETENTION_DAYS.join(", ")} (days)` });

const bucketName = pattern(
  /^(?!xn--|sthree-|amzn-s3-demo-)(?!.*\.\.)(?!\d+\.\d+\.\d+\.\d+$)(?!.*(-s3alias|--ol-s3|\.mrap|--x-s3)$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
  "use an S3 bucket name: 3 to 63 lower-case letters, digits, dots and hyphens, beginning and ending with a letter or digit",
);

const scheduleExpression = pattern(
  SCHEDULE_EXPRESSION,
  "use rate(1 hour), rate(24 hours) or the like (singular for 1, plural above), or cron() with six fields",
)
  .max(256, { error: "use at most 256 characters" })
  .refine((text) => cronMistake(text) === undefined, { error: ({ input }) => cronMistake(String(input)) });

const tagText = (max: number) => {
  const error = `use 1 to ${max} letters, digits, spaces or _ . : / = + - @`;
  // No pattern: few readers of JSON Schema know \p.
  const allowed = new RegExp(`^[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]{1,${max}}$`, "u");
  return z.string({ error }).refine((text) => allowed.test(text), { error });
};
const tagKey = tagText(128)
  .refine((key) => !key.toLowerCase().startsWith("aws:"), { error: "use a key that does not begin with aws:" })
  .refine((key) => key.toLowerCase() !== "environment", { error: "set the Environment tag with environmentTag" });

/** The name of an environment. The longest physical name has it: api-logs-<12 digits>-<Region>-<environment>, 63 characters. */
export const environmentName = pattern(
  /^[a-z][a-z0-9-]{0,19}$/,
  "use 1 to 20 lower-case letters, digits and hyphens, beginning with a letter",
);

/** Lambda refuses other names, and sets the excepted ones itself. */
const variableName = pattern(
  /^(?!AWS_|LAMBDA_)[A-Za-z][A-Za-z0-9_]{1,127}$/,
  "use 2 to 128 letters, digits and underscores, beginning with a letter, but not with AWS_ or LAMBDA_",
);
const variableValue = pattern(/^[\s\S]{0,4096}$/, "use a text of at most 4096 characters without ${ and %{");

const functionSettings = z.strictObject({
  runtime: oneOf(PYTHON_RUNTIME_NAMES)
    .default("python3.13")
    .describe(
      "The Lambda runtime. Those that AWS has deprecated, and its preview, give a warning. python3.14 and later need a newer AWS provider than 5.100.",
    ),
  architecture: oneOf(["arm64", "x86_64"]).default("arm64").describe("The instruction set."),
  memoryMb: wholeNumber(128, 10240, "MB")
    .default(256)
    .describe("The function's memory. Lambda gives processor time in proportion."),
  timeoutSeconds: wholeNumber(
    1,
    API_INTEGRATION_TIMEOUT_SECONDS,
    "seconds; the API waits no longer than 30 s for the function",
  )
    .default(30)
    .describe(`The time limit of an invocation. A value below ${TABLE_WORST_CASE_SECONDS} gives a warning.`),
  reservedConcurrency: wholeNumber(0, 100_000, "concurrent executions").optional().meta({
    description:
      "The concurrency that Lambda keeps for each function, which is also its limit. 0 stops the functions. The apply fails if less than 100 of the account's limit would be left for other functions; a new account's limit can be as low as 10.",
    unset: "none; the functions share what the account has",
  }),
  logRetentionDays: retentionDays.default(30).describe("How long CloudWatch keeps the function's log."),
  tracing: trueOrFalse.default(true).describe("Whether X-Ray traces the function's invocations."),
  environment: z
    .record(variableName, variableValue, { error: "use an object of names and values" })
    .default({})
    .describe("Environment variables for the code, without secrets: the state and the plan show them."),
  release: releaseSettings,
});

const provisionedCapacity = z
  .strictObject({
    mode: z.literal("provisioned").describe("Autoscaling sets the capacity, between `min` and `max`."),
    min: wholeNumber(5, 40_000, "capacity units; the system promises at least 5")
      .default(5)
      .describe("The read and the write capacity that autoscaling never goes below."),
    max: wholeNumber(5, 40_000, "capacity units")
      .default(200)
      .describe("The read and the write capacity that autoscaling never goes above, at least `min`."),
    targetPercent: wholeNumber(20, 90, "percent")
      .default(70)
      .describe("The share of the provisioned capacity in use that autoscaling aims at."),
  })
  .refine(({ min, max }) => max >= min, { path: ["max"], error: "use at least the value of min" });

const onDemandCapacity = z.strictObject({
  mode: z.literal("on-demand").describe("DynamoDB sets the capacity, and each request is paid for."),
});

const tableName = pattern(
  /^[\w.-]{3,255}$/,
  "use the name of a table: 3 to 255 letters, digits, hyphens, underscores and dots",
);
const restoredNames = "use a list of tables' names, each once; the last one is in use";

const tableSettings = z.strictObject({
  pointInTimeRecovery: trueOrFalse
    .default(true)
    .describe("Whether the table can be restored to any second of the last 35 days. `false` gives a warning."),
  capacity: z
    .discriminatedUnion("mode", [provisionedCapacity, onDemandCapacity], {
      error: 'use an object with "mode": "provisioned" or "on-demand"',
    })
    .prefault({ mode: "provisioned" })
    .describe("How much the table can read and write."),
  ttlAttribute: pattern(
    /^(?!RequestId$|Timestamp$)[A-Za-z0-9_.-]{1,255}$/,
    "use an attribute name of 1 to 255 letters, digits, dots, hyphens and underscores, other than the keys RequestId and Timestamp",
  )
    .optional()
    .meta({
      description:
        "The attribute of the table of requests with the time in epoch seconds at which DynamoDB expires an item. The function writes none: it is for items that others write, or for a function of yours.",
      unset: "none; items do not expire",
    }),
  restored: z
    .record(
      tableName,
      z
        .array(tableName, { error: restoredNames })
        .min(1, { error: restoredNames })
        .refine((names) => new Set(names).size === names.length, { error: restoredNames }),
      { error: "use an object of lists by the tables' names" },
    )
    .default({})
    .describe(
      "The tables into which a table was restored, by that table's name. The last one is in use, and all others stay in AWS without Terraform. `npm run restore` writes it.",
    ),
});

const throttleSettings = z.strictObject({
  rateLimit: wholeNumber(1, 10_000, "requests a second")
    .default(200)
    .describe("The steady rate that the API lets through. The default is what the table's default maximum can store."),
  burstLimit: wholeNumber(1, 5_000, "requests")
    .default(400)
    .describe("How many requests at once the API lets through above the rate."),
});

const jwtAuthorizerSettings = z.strictObject({
  issuer: pattern(/^https:\/\/\S+$/, "use the issuer's https:// URL").describe(
    "The token's issuer. Its /.well-known/openid-configuration names the keys; API Gateway reads it when it creates the authorizer, and the apply fails if it cannot.",
  ),
  audience: listOf(/\S/, "use a list of audiences").describe("The audiences that the API accepts."),
});

const apiSettings = z.strictObject({
  domain: domainSettings.optional().meta({
    description: "A domain of yours for the API.",
    unset: "none; the API has the address that AWS gives it",
  }),
  disableDefaultEndpoint: trueOrFalse.optional().meta({
    description: "Whether the address that AWS gives the API answers 404. It needs `api.domain`.",
    unset: "`true` with `api.domain`",
  }),
  cors: corsSettings.prefault({}).describe("Requests from web pages of other origins."),
  throttle: throttleSettings.prefault({}).describe("The limit above which the API answers 429."),
  accessLogRetentionDays: retentionDays.default(30).describe("How long CloudWatch keeps the access log."),
  detailedMetrics: trueOrFalse
    .default(true)
    .describe("Whether CloudWatch also counts each route by itself. The alarms need only the API's own metrics."),
  jwtAuthorizer: jwtAuthorizerSettings.optional().meta({
    description: "Requires a JSON Web Token on every request but preflights.",
    unset: "none; the API is open",
  }),
});

const githubSettings = z.strictObject({
  // https://docs.github.com/en/actions/reference/security/oidc#immutable-subject-claims
  repository: pattern(
    /^[A-Za-z0-9](-?[A-Za-z0-9])*(@\d+\/[A-Za-z0-9._-]+@\d+|\/[A-Za-z0-9._-]+)$/,
    "use owner/name, or owner@1234/name@5678 where the repository's OIDC tokens carry these ids",
  ).describe(
    "The repository whose workflows may plan and deploy. Its OIDC tokens carry GitHub's ids where it was created or renamed after 2026-07-15, or opted in.",
  ),
  branch: pattern(/^(?![-/])(?!.*(\/\/|\.\.|@\{))[^\s~^:?*[\]\\]{1,255}$/, "use the name of a branch")
    .default("main")
    .describe("The repository's default branch, which the workflows deploy."),
  environment: pattern(/^[^\s:*?/'"`,;\\&]{1,255}$/, "use the name of an environment of the repository")
    .optional()
    .meta({
      description: "The repository's environment whose reviewers approve a deploy.",
      unset: "the environment's name",
    }),
  oidcProvider: oneOf(["create", "existing"])
    .default("create")
    .describe(
      "Whether to create GitHub's OIDC provider in IAM or to use the existing one. An account can have only one.",
    ),
});

const stateSettings = z.strictObject({
  bucket: bucketName.optional().meta({
    description: "The bucket's name, unique in all of AWS.",
    unset:
      "with `account`, `serverless-infrastructure-state-<account>-<region>`, and outside production `infra-state-<account>-<region>-<environment>`; else `serverless-infrastructure-state`, and outside production `serverless-infrastructure-state-<environment>`",
  }),
  key: pattern(/^[A-Za-z0-9!_.*'()-][A-Za-z0-9!_.*'()/-]{0,1000}$/, "use an S3 object key")
    .optional()
    .meta({
      description: "The object's key in the bucket.",
      unset: "`serverless-infrastructure/<environment>.tfstate`",
    }),
});

const logArchiveSettings = z.strictObject({
  expirationDays: wholeNumber(1, 36_500, "days").default(90).describe("How long the bucket keeps a log object."),
});

const scheduleSettings = z.strictObject({
  expression: scheduleExpression.default("rate(24 hours)").describe("When EventBridge invokes the function, in UTC."),
  enabled: trueOrFalse
    .default(true)
    .describe("Whether EventBridge invokes it. A paused schedule keeps its rule and its target."),
});

/** An environment's settings in cdktf.json. */
export const environmentSettings = z
  .strictObject({
    account: pattern(/^\d{12}$/, "use the 12 digits of an AWS account's id, in quotes")
      .optional()
      .meta({
        description: "The AWS account of everything. Terraform refuses to plan and to apply in another one.",
        unset: "the account that is logged in",
      }),
    region: z
      .enum(REGIONS, { error: "use an AWS Region such as us-west-2; stacks/regions.ts lists all that are known" })
      .default("us-west-2")
      .describe("The AWS Region of everything."),
    environmentTag: tagText(256).optional().meta({
      description:
        "The value of the tag `Environment` on every resource. Environments that share an account need different values, because the roles for GitHub go by it.",
      unset: "the environment's name, capitalized",
    }),
    tags: z
      .record(tagKey, tagText(256), { error: "use an object of tag keys and values" })
      .default({})
      .describe("Further tags on every resource."),
    permissionsBoundary: pattern(
      /^arn:aws[a-z-]*:iam::(\d{12}|aws):policy\/[\w+=,.@/-]{1,512}$/,
      "use the ARN of an IAM policy, such as arn:aws:iam::123456789012:policy/boundary",
    )
      .optional()
      .meta({
        description:
          "The permissions boundary of every role that is created, also those for GitHub: it must allow what they do.",
        unset: "none",
      }),
    dashboard: trueOrFalse.default(true).describe("Whether there is a CloudWatch dashboard of the alarms' metrics."),
    dataProtection: trueOrFalse.default(true).describe("Whether the table and the buckets refuse to be deleted."),
    state: stateSettings.prefault({}).describe("Where Terraform keeps the system's state."),
    function: functionSettings
      .prefault({})
      .describe("The Lambda functions. The application can set other values for one of them."),
    table: tableSettings
      .prefault({})
      .describe("The DynamoDB tables. The application can set other values for one of them."),
    api: apiSettings.prefault({}).describe("The HTTP API."),
    logArchive: logArchiveSettings.prefault({}).describe("The bucket that keeps the access log."),
    alarms: alarmSettings.prefault({}).describe("The values above which the CloudWatch alarms fire."),
    schedule: scheduleSettings.prefault({}).describe("The regular run of the function."),
    github: githubSettings.optional().meta({
      description: "Two roles for GitHub's workflows, in a stack of their own.",
      unset: "none; there is no stack `github-access`",
    }),
  })
  .check(checkDomain);
