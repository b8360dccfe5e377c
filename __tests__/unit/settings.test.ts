import { readFileSync } from "node:fs";
import { Runtime } from "@aws-sdk/client-lambda";
import { parseSettings, SettingsError, settingsWarnings } from "../../settings/settings";
import { systemNames } from "../../stacks/names";

/** What is said about an environment with these overrides. */
function mistakes(overrides: unknown): readonly string[] {
  try {
    parseSettings({ production: overrides }, "production");
  } catch (error) {
    if (error instanceof SettingsError) return error.mistakes;
    throw error;
  }
  return [];
}

test("production needs no overrides", () => {
  expect(parseSettings({ production: {} }, "production")).toEqual({
    environment: "production",
    region: "us-west-2",
    environmentTag: "Production",
    tags: {},
    dashboard: true,
    dataProtection: true,
    state: { bucket: "serverless-infrastructure-state", key: "serverless-infrastructure/production.tfstate" },
    function: {
      runtime: "python3.13",
      architecture: "arm64",
      memoryMb: 256,
      timeoutSeconds: 30,
      logRetentionDays: 30,
      tracing: true,
      environment: {},
      release: "all-at-once",
    },
    table: {
      restored: {},
      pointInTimeRecovery: true,
      capacity: { mode: "provisioned", min: 5, max: 200, targetPercent: 70 },
    },
    api: {
      cors: {
        allowOrigins: ["*"],
        allowMethods: ["GET", "POST", "PUT", "DELETE", "OPTIONS"],
        allowHeaders: ["Content-Type", "X-Amz-Date", "Authorization", "X-Api-Key", "X-Amz-Security-Token"],
        allowCredentials: false,
        maxAgeSeconds: 86400,
      },
      throttle: { rateLimit: 200, burstLimit: 400 },
      accessLogRetentionDays: 30,
      detailedMetrics: true,
    },
    logArchive: { expirationDays: 90 },
    alarms: {
      serverErrors: 10,
      serverErrorPercent: 5,
      functionErrors: 0,
      functionThrottles: 0,
      deadLetters: 0,
      tableThrottles: 0,
      tableReadThrottles: 0,
      queueAgeSeconds: 3600,
      streamAgeSeconds: 600,
      certificateDays: 30,
    },
    schedule: { expression: "rate(24 hours)", enabled: true },
  });
});

test("another environment has a tag, a state bucket and a key of its own", () => {
  expect(parseSettings({ staging: {} }, "staging")).toMatchObject({
    environmentTag: "Staging",
    state: {
      bucket: "serverless-infrastructure-state-staging",
      key: "serverless-infrastructure/staging.tfstate",
    },
  });
});

test("with an account, the state bucket has a name that nobody else has", () => {
  const bucket = (environment: string, region = "us-west-2") =>
    parseSettings({ [environment]: { account: "123456789012", region } }, environment).state.bucket;
  expect(bucket("production")).toBe("serverless-infrastructure-state-123456789012-us-west-2");
  // The longest names that there can be still are names of buckets.
  const longest = bucket("e".repeat(20), "ap-southeast-1");
  expect(mistakes({ state: { bucket: longest } })).toEqual([]);
  expect(longest).toBe(`infra-state-123456789012-ap-southeast-1-${"e".repeat(20)}`);
});

test("an override leaves its neighbours at their defaults", () => {
  const { api } = parseSettings({ production: { api: { cors: { maxAgeSeconds: 60 } } } }, "production");
  expect(api.cors).toMatchObject({ maxAgeSeconds: 60, allowOrigins: ["*"] });
  expect(api.throttle.rateLimit).toBe(200);
});

test.each<[string, unknown, string]>([
  [
    "memory that Lambda does not offer",
    { function: { memoryMb: 100 } },
    "environments.production.function.memoryMb: 100 is not allowed; use a whole number from 128 to 10240 (MB)",
  ],
  [
    "a share that CodeDeploy does not shift",
    { function: { release: { mode: "canary", percent: 100, minutes: 5 } } },
    "environments.production.function.release.percent: 100 is not allowed; use a whole number from 1 to 99 (percent)",
  ],
  [
    "a release of another kind",
    { function: { release: "blue-green" } },
    'environments.production.function.release: "blue-green" is not allowed; use "all-at-once", or an object such as {"mode": "canary", "percent": 10, "minutes": 5} with the mode canary or linear, percent from 1 to 99 and minutes from 1 to 2880',
  ],
  [
    "a timeout behind which the API has given up",
    { function: { timeoutSeconds: 40 } },
    "environments.production.function.timeoutSeconds: 40 is not allowed; use a whole number from 1 to 30 (seconds; the API waits no longer than 30 s for the function)",
  ],
  [
    "an unknown runtime",
    { function: { runtime: "python2.7" } },
    'environments.production.function.runtime: "python2.7" is not allowed; use one of python3.8, python3.9, python3.10, python3.11, python3.12, python3.13, python3.14, python3.15',
  ],
  [
    "a Region that AWS does not have",
    { region: "us-wst-9" },
    'environments.production.region: "us-wst-9" is not allowed; use an AWS Region such as us-west-2; stacks/regions.ts lists all that are known',
  ],
  [
    "a bucket name that S3 refuses",
    { state: { bucket: "My_Bucket" } },
    'environments.production.state.bucket: "My_Bucket" is not allowed; use an S3 bucket name: 3 to 63 lower-case letters, digits, dots and hyphens, beginning and ending with a letter or digit',
  ],
  [
    "a rate in the wrong number",
    { schedule: { expression: "rate(1 hours)" } },
    'environments.production.schedule.expression: "rate(1 hours)" is not allowed; use rate(1 hour), rate(24 hours) or the like (singular for 1, plural above), or cron() with six fields',
  ],
  [
    "a utilization above all capacity",
    { table: { capacity: { mode: "provisioned", targetPercent: 150 } } },
    "environments.production.table.capacity.targetPercent: 150 is not allowed; use a whole number from 20 to 90 (percent)",
  ],
  [
    "less capacity than promised",
    { table: { capacity: { mode: "provisioned", min: 1 } } },
    "environments.production.table.capacity.min: 1 is not allowed; use a whole number from 5 to 40000 (capacity units; the system promises at least 5)",
  ],
  [
    "a maximum below the minimum",
    { table: { capacity: { mode: "provisioned", min: 50, max: 20 } } },
    "environments.production.table.capacity.max: 20 is not allowed; use at least the value of min",
  ],
  [
    "an unknown kind of capacity",
    { table: { capacity: { mode: "serverless" } } },
    'environments.production.table.capacity.mode: "serverless" is not allowed; use an object with "mode": "provisioned" or "on-demand"',
  ],
  [
    "an unknown key",
    { function: { memory: 512 } },
    "environments.production.function.memory: is not a setting; correct its name or remove it",
  ],
  [
    "an unknown key at the top",
    { regoin: "eu-central-1" },
    "environments.production.regoin: is not a setting; correct its name or remove it",
  ],
  [
    "text where a number belongs",
    { alarms: { serverErrors: "10" } },
    'environments.production.alarms.serverErrors: "10" is not allowed; use a whole number from 0 to 1000000 (responses in 300 s)',
  ],
  [
    "a retention that CloudWatch does not offer",
    { function: { logRetentionDays: 31 } },
    "environments.production.function.logRetentionDays: 31 is not allowed; use one of 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653 (days)",
  ],
  [
    "an authorizer without audience",
    { api: { jwtAuthorizer: { issuer: "https://issuer.example.com" } } },
    "environments.production.api.jwtAuthorizer.audience: is missing; use a list of audiences",
  ],
  [
    "an issuer without TLS",
    { api: { jwtAuthorizer: { issuer: "http://issuer.example.com", audience: ["api"] } } },
    'environments.production.api.jwtAuthorizer.issuer: "http://issuer.example.com" is not allowed; use the issuer\'s https:// URL',
  ],
  [
    "a variable that Lambda sets itself",
    { function: { environment: { AWS_REGION: "eu-central-1" } } },
    "environments.production.function.environment.AWS_REGION: is not allowed as a key; use 2 to 128 letters, digits and underscores, beginning with a letter, but not with AWS_ or LAMBDA_",
  ],
  [
    "a variable that Terraform would evaluate",
    { function: { environment: { LEVEL: "${var.level}" } } },
    'environments.production.function.environment.LEVEL: "${var.level}" is not allowed; use a text of at most 4096 characters without ${ and %{',
  ],
  [
    "a topic that is no ARN",
    { alarms: { topicArn: "alarms" } },
    'environments.production.alarms.topicArn: "alarms" is not allowed; use the ARN of an SNS topic, such as arn:aws:sns:us-west-2:123456789012:alarms',
  ],
  [
    "one e-mail address of several that is none",
    { alarms: { email: ["team@example.com", "on-call"] } },
    'environments.production.alarms.email.1: "on-call" is not allowed; use an e-mail address, or a list of them',
  ],
  [
    "an e-mail address that is none",
    { alarms: { email: "on-call" } },
    'environments.production.alarms.email: "on-call" is not allowed; use an e-mail address, or a list of them',
  ],
  [
    "the Environment tag among the further tags",
    { tags: { Environment: "QA" } },
    "environments.production.tags.Environment: is not allowed as a key; set the Environment tag with environmentTag",
  ],
  [
    "a tag key of AWS's own",
    { tags: { "aws:team": "payments" } },
    "environments.production.tags.aws:team: is not allowed as a key; use a key that does not begin with aws:",
  ],
  [
    "a tag key that IAM takes for the Environment tag",
    { tags: { environment: "QA" } },
    "environments.production.tags.environment: is not allowed as a key; set the Environment tag with environmentTag",
  ],
  [
    "text that Terraform would evaluate",
    { api: { jwtAuthorizer: { issuer: "https://issuer.example.com", audience: ["${path.cwd}"] } } },
    'environments.production.api.jwtAuthorizer.audience.0: "${path.cwd}" is not allowed; use a list of audiences',
  ],
  [
    "an account that is no id",
    { account: 123456789012 },
    "environments.production.account: 123456789012 is not allowed; use the 12 digits of an AWS account's id, in quotes",
  ],
  [
    "a permissions boundary that is no policy",
    { permissionsBoundary: "arn:aws:iam::123456789012:role/boundary" },
    'environments.production.permissionsBoundary: "arn:aws:iam::123456789012:role/boundary" is not allowed; use the ARN of an IAM policy, such as arn:aws:iam::123456789012:policy/boundary',
  ],
  ["no object", { function: 5 }, "environments.production.function: 5 is not allowed; use an object of settings"],
])("%s is refused with the path, the value and what is allowed", (_case, overrides, message) => {
  expect(mistakes(overrides)).toEqual([message]);
});

test("all mistakes are told at once", () => {
  expect(mistakes({ region: "west", function: { memoryMb: 1, timeoutSeconds: 0 }, colour: "red" })).toHaveLength(4);
});

test("an unknown environment is refused with the known ones", () => {
  expect(() => parseSettings({ production: {}, staging: {} }, "prod")).toThrow(
    'ENVIRONMENT: "prod" is not an environment; use one of production, staging, or add it to context.environments in cdktf.json',
  );
});

test("an environment's name must fit into the names of resources", () => {
  expect(() => parseSettings({ "Much too long for a bucket": {} }, "Much too long for a bucket")).toThrow(
    "use 1 to 20 lower-case letters, digits and hyphens, beginning with a letter",
  );
});

test.each(["rate(1 minute)", "rate(5 minutes)", "rate(1 day)", "cron(0 12 * * ? *)", "cron(0/15 8-17 ? * MON-FRI *)"])(
  "%s is a schedule",
  (expression) => expect(mistakes({ schedule: { expression } })).toEqual([]),
);

test.each(["rate(24 hour)", "rate(0 days)", "rate(1.5 hours)", "cron(0 12 * * *)", "every day", "rate(24 hours) "])(
  "%s is no schedule",
  (expression) => expect(mistakes({ schedule: { expression } })).toHaveLength(1),
);

test.each(["192.168.0.1", "a..b", "-abc", "ab", "xn--abc", "a".repeat(64)])("%s is no bucket name", (bucket) =>
  expect(mistakes({ state: { bucket } })).toHaveLength(1),
);

describe("CORS", () => {
  const corsMistakes = (cors: object) => mistakes({ api: { cors } });
  const path = "environments.production.api.cors";

  test.each([
    ["*"],
    ["https://*"],
    ["http://*", "https://example.com"],
    ["http://localhost:3000", "https://a-b.example.co.uk:8443"],
    ["http://127.0.0.1", "http://[::1]:8080"],
  ])("takes the origins %s %s", (...allowOrigins) => {
    expect(corsMistakes({ allowOrigins: allowOrigins.filter(Boolean) })).toEqual([]);
  });

  test.each([
    ["without a scheme", "example.com"],
    ["with another scheme", "capacitor://localhost"],
    ["of a file", "null"],
    ["with a path", "https://example.com/app"],
    ["with a slash at the end", "https://example.com/"],
    ["with a wildcard for a part", "https://*.example.com"],
    ["with a wildcard for its host, and a port", "https://*:8443"],
    ["with a wildcard as its port", "https://example.com:*"],
    ["with a query", "https://example.com?a"],
    ["with a user", "https://me@example.com"],
    ["that are two", "https://example.com,https://example.org"],
    ["that Terraform would evaluate", "${path.cwd}"],
  ])("refuses an origin %s: %s", (_what, origin) => {
    expect(corsMistakes({ allowOrigins: ["https://example.com", origin] })).toEqual([
      `${path}.allowOrigins.1: ${JSON.stringify(origin)} is not allowed; use a list of origins such as "https://example.com" or "http://localhost:3000", without a path or a slash at the end; "https://*" and "http://*" are every origin with that scheme, and ["*"] is every origin`,
    ]);
  });

  test("refuses * beside other origins", () => {
    expect(corsMistakes({ allowOrigins: ["https://example.com", "*"] })).toEqual([
      `${path}.allowOrigins: ["https://example.com","*"] is not allowed; use "*" alone, or the other origins without it`,
    ]);
  });

  test.each(["allowHeaders", "exposeHeaders"])("refuses in %s what no header can have as its name", (list) => {
    for (const name of ["X Id", "X-Id:", "X-Größe", "", "X-*", "(a)", "a,b"]) {
      expect(corsMistakes({ [list]: ["X-Id", name] })).toEqual([
        `${path}.${list}.1: ${JSON.stringify(name)} is not allowed; use a list of header names, or of *`,
      ]);
    }
    expect(corsMistakes({ [list]: [] })).toHaveLength(1);
    expect(corsMistakes({ [list]: ["X-Id", "x_id.2", "*"] })).toEqual([]);
  });

  test("refuses credentials for every origin, which is the default", () => {
    const message = `${path}.allowCredentials: true is not allowed; use false, or list the origins in allowOrigins instead of *`;
    expect(corsMistakes({ allowCredentials: true })).toEqual([message]);
    expect(corsMistakes({ allowCredentials: true, allowOrigins: ["*"] })).toEqual([message]);
    expect(corsMistakes({ allowCredentials: true, allowOrigins: ["https://*"] })).toEqual([]);
  });

  test("warns where * stands for no more than a name", () => {
    const warnings = (cors: object) =>
      settingsWarnings(
        parseSettings({ production: { api: { cors: { allowMethods: ["*"], ...cors } } } }, "production"),
      );
    expect(warnings({})).toEqual([]);
    const credentials = { allowCredentials: true, allowOrigins: ["https://example.com"], exposeHeaders: ["a", "*"] };
    expect(warnings(credentials)).toEqual([
      "api.cors.allowMethods: browsers take * for a name, because allowCredentials is true; use the names themselves",
      "api.cors.exposeHeaders: browsers take * for a name, because allowCredentials is true; use the names themselves",
    ]);
  });
});

test("each Python that Lambda has and the function runs on is a runtime", () => {
  const minor = (name: string) => Number(/^python3\.(\d+)$/.exec(name)?.[1] ?? 0);
  const offered = Object.values(Runtime).filter((name) => minor(name) >= 8);
  expect(offered).toContain("python3.14");
  for (const runtime of offered) expect(mistakes({ function: { runtime } })).toEqual([]);
});

test.each([
  ["python3.8", /^function\.runtime: AWS creates no python3\.8 functions since .*; use python3\.13$/],
  ["python3.9", /deprecated python3\.9 on 2025-12-15 .* 2027-02-01 .* 2027-03-03 on; use python3\.13$/],
  ["python3.10", /deprecated python3\.10 on 2026-10-31 /],
  ["python3.15", /python3\.15 as a preview/],
])("%s is taken with a warning", (runtime, warning) => {
  const settings = parseSettings({ production: { function: { runtime } } }, "production");
  expect(settingsWarnings(settings)).toEqual([expect.stringMatching(warning)]);
});

test.each(["python3.11", "python3.12", "python3.13", "python3.14"])("%s is taken without a warning", (runtime) => {
  expect(settingsWarnings(parseSettings({ production: { function: { runtime } } }, "production"))).toEqual([]);
});

test("python3.8 is taken, with a warning that says since when AWS refuses it", () => {
  const settings = parseSettings({ production: { function: { runtime: "python3.8" } } }, "production");
  expect(settings.function.runtime).toBe("python3.8");
  expect(settingsWarnings(settings)).toEqual([expect.stringMatching(/python3\.8 .*2026-06-01.*2026-07-01/)]);
});

test("a function that would end before it gives up the table is taken, with a warning", () => {
  const warnings = (timeoutSeconds: number) =>
    settingsWarnings(parseSettings({ production: { function: { timeoutSeconds } } }, "production"));
  expect(warnings(12)).toEqual([
    expect.stringMatching(/^function\.timeoutSeconds: .* 12 s end it earlier with a timeout; use at least 13$/),
  ]);
  expect(warnings(13)).toEqual([]);
});

test("a table that cannot be restored is taken, with a warning", () => {
  const settings = parseSettings({ production: { table: { pointInTimeRecovery: false } } }, "production");
  expect(settingsWarnings(settings)).toEqual([expect.stringMatching(/^table\.pointInTimeRecovery: /)]);
});

test("the defaults give no warning", () => {
  expect(settingsWarnings(parseSettings({ production: {} }, "production"))).toEqual([]);
});

test("names have no suffix in production only", () => {
  const names = (environment: string) => systemNames({ environment, region: "us-west-2" });
  expect(names("production").table).toBe("RequestDataTable");
  expect(names("staging").table).toBe("RequestDataTable-staging");
});

test("every environment of cdktf.json is valid", () => {
  const { environments } = JSON.parse(readFileSync("cdktf.json", "utf8")).context;
  for (const environment of Object.keys(environments)) {
    expect(() => parseSettings(environments, environment)).not.toThrow();
  }
});

describe("github", () => {
  test.each(["octo/requests", "my-org/a.b_c-d", "octo@12/requests@34"])("takes %s as a repository", (repository) => {
    expect(mistakes({ github: { repository } })).toEqual([]);
  });

  test.each(["requests", "octo/requests/x", "octo@12/requests", "octo/*", "-octo/requests", "octo/requests:ref"])(
    "refuses %s as a repository",
    (repository) => {
      expect(mistakes({ github: { repository } })).toEqual([
        `environments.production.github.repository: ${JSON.stringify(repository)} is not allowed; use owner/name, or owner@1234/name@5678 where the repository's OIDC tokens carry these ids`,
      ]);
    },
  );

  test("refuses an environment that would be a pattern", () => {
    expect(mistakes({ github: { repository: "octo/requests", environment: "prod*" } })).toEqual([
      'environments.production.github.environment: "prod*" is not allowed; use the name of an environment of the repository',
    ]);
  });

  test("of two environments in one account needs values that tell them apart", () => {
    const production = { github: { repository: "octo/requests", environment: "live" }, environmentTag: "Live" };
    const parse = (staging: object) => () => parseSettings({ production, staging }, "staging");
    expect(parse(production)).toThrow(
      'environments.staging.environmentTag: "Live" is that of production, too; use another value, because the roles for GitHub go by it\nenvironments.staging.github.environment: "live" is that of production, too;',
    );
    expect(parse({ ...production, account: "999999999999" })).toThrow();
    expect(parse({ environmentTag: "Live" })).not.toThrow();
    expect(parse({ github: { repository: "octo/requests" } })).not.toThrow();
    Object.assign(production, { account: "123456789012" });
    expect(parse({ ...production, account: "999999999999" })).not.toThrow();
  });

  test("has the environment's name where no other is set", () => {
    const { github } = parseSettings({ staging: { github: { repository: "octo/requests" } } }, "staging");
    const defaults = { environment: "staging", branch: "main", oidcProvider: "create" };
    expect(github).toEqual({ repository: "octo/requests", ...defaults });
  });

  test.each(["trunk", "release/2026", "größe#1"])("takes %s as the branch", (branch) => {
    expect(mistakes({ github: { repository: "octo/requests", branch } })).toEqual([]);
  });

  test.each(["", "-x", "/x", "a//b", "a..b", "a b", "release/*", "a:b", "a?", "a@{1}"])(
    "refuses %j as the branch",
    (branch) => {
      expect(mistakes({ github: { repository: "octo/requests", branch } })).toEqual([
        `environments.production.github.branch: ${JSON.stringify(branch)} is not allowed; use the name of a branch`,
      ]);
    },
  );
});

test.each([
  [
    { Orders: [] },
    ".restored.Orders: [] is not allowed; use a list of tables' names, each once; the last one is in use",
  ],
  [{ Orders: ["Orders-1", "Orders-1"] }, "use a list of tables' names, each once; the last one is in use"],
  [{ Orders: ["a b"] }, '.restored.Orders.0: "a b" is not allowed; use the name of a table'],
  [{ "a b": ["Orders-1"] }, "is not allowed as a key; use the name of a table"],
  ["Orders-1", 'restored: "Orders-1" is not allowed; use an object of lists'],
])("restored tables %j are refused", (restored, message) => {
  expect(mistakes({ table: { restored } })).toEqual([expect.stringContaining(message)]);
});

test("an alarm on a certificate that also fires before each renewal is refused", () => {
  expect(mistakes({ alarms: { certificateDays: 44 } })).toEqual([]);
  expect(mistakes({ alarms: { certificateDays: 45 } })).toEqual([
    expect.stringContaining("alarms.certificateDays: 45 is not allowed; use a whole number from 1 to 44"),
  ]);
});

describe("a domain is refused", () => {
  const zone = { name: "api.example.com", hostedZone: "example.com" };
  const certificateArn = "arn:aws:acm:us-east-1:123456789012:certificate/11111111-2222-3333-4444-555555555555";
  test.each([
    ["outside of its zone", { ...zone, name: "api.other.com" }, "name", "use a name in the zone example.com"],
    ["with only the end of its zone", { ...zone, name: "apiexample.com" }, "name", "use a name in the zone"],
    ["with a wildcard", { ...zone, name: "*.example.com" }, "name", "without *"],
    ["with a zone and a certificate", { ...zone, certificateArn }, "certificateArn", "use it alone"],
    ["with neither", { name: "api.example.com" }, "hostedZone", "or certificateArn in its place"],
    ["with another Region's certificate", { name: zone.name, certificateArn }, "certificateArn", "in us-west-2"],
    [
      "with a proof of the name that API Gateway does not need",
      { ...zone, ownershipVerificationCertificateArn: certificateArn },
      "ownershipVerificationCertificateArn",
      "use it with certificateArn and mutualTls",
    ],
    [
      "with another Region's proof of the name",
      {
        name: zone.name,
        certificateArn: certificateArn.replace("us-east-1", "us-west-2"),
        ownershipVerificationCertificateArn: certificateArn,
        mutualTls: { truststoreUri: "s3://trust/ca.pem" },
      },
      "ownershipVerificationCertificateArn",
      "in us-west-2",
    ],
  ])("%s", (_what, domain, field, allowed) => {
    const parse = () => parseSettings({ production: { api: { domain } } }, "production");
    expect(parse).toThrow(`environments.production.api.domain.${field}: `);
    expect(parse).toThrow(allowed);
  });

  test("with mutual TLS that clients can avoid by the default endpoint", () => {
    const domain = { ...zone, mutualTls: { truststoreUri: "s3://trust/ca.pem" } };
    const parse = (api: object) => parseSettings({ production: { api: { domain, ...api } } }, "production");
    expect(() => parse({ disableDefaultEndpoint: false })).toThrow(
      "environments.production.api.disableDefaultEndpoint: false is not allowed; use true, because",
    );
    expect(() => parse({})).not.toThrow();
  });

  test("if it is missing where the default endpoint is disabled", () => {
    const parse = () => parseSettings({ production: { api: { disableDefaultEndpoint: true } } }, "production");
    expect(parse).toThrow("api.disableDefaultEndpoint: true is not allowed; use false, or set api.domain, too");
  });
});
