/** @sequential After a failed test, the emulator has ended. */
import { mkdtempSync, rmSync } from "node:fs";
import { type IncomingHttpHeaders, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import {
  type Cors,
  CreateApiCommand,
  CreateAuthorizerCommand,
  GetApiCommand,
  GetAuthorizersCommand,
  UpdateApiCommand,
} from "@aws-sdk/client-apigatewayv2";
import { PutMetricAlarmCommand } from "@aws-sdk/client-cloudwatch";
import { GetQueryResultsCommand, PutRetentionPolicyCommand } from "@aws-sdk/client-cloudwatch-logs";
import {
  CreateTableCommand,
  DescribeTimeToLiveCommand,
  ListGlobalTablesCommand,
  PutItemCommand,
  UpdateTableCommand,
  UpdateTimeToLiveCommand,
} from "@aws-sdk/client-dynamodb";
import { PutRuleCommand } from "@aws-sdk/client-eventbridge";
import { CreateRoleCommand } from "@aws-sdk/client-iam";
import {
  CreateFunctionCommand,
  GetFunctionConfigurationCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import {
  CreateBucketCommand,
  HeadBucketCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { readBody } from "@local/command-line/server";
import { type Aws, connectAws } from "@local/terraform/aws";
import { zipSync } from "fflate";
import { type Emulator, startEmulator } from "../../../emulator/emulator";
import { findPython } from "../../../emulator/python";
import { describeWithPython } from "../echo-api";

interface Report {
  readonly checked: Readonly<Record<string, number>>;
  readonly violations: readonly string[];
  readonly unidentified: readonly string[];
  readonly uncheckedPatterns: readonly string[];
}

describeWithPython("the AWS emulator", () => {
  let folder: string;
  let emulator: Emulator;
  let aws: Aws;
  let failures: string[];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "emulator-"));
    emulator = await startEmulator(await findPython(), join(folder, "emulator.log"), {
      onFailure: (failure) => failures.push(failure),
    });
    aws = connectAws({ endpoint: emulator.endpoint, region: "us-west-2" });
  });
  beforeEach(() => {
    failures = [];
  });
  afterAll(async () => {
    await emulator?.stop();
    rmSync(folder, { recursive: true });
  });

  /** Sends what no SDK would; Node's fetch does not let Host be set. */
  function send(
    method: string,
    path: string,
    headers: Record<string, string> = {},
    body = "",
  ): Promise<{ status: number; body: string; headers: IncomingHttpHeaders }> {
    return new Promise((done, fail) => {
      const length = { "content-length": String(Buffer.byteLength(body)) };
      request(new URL(path, emulator.endpoint), { method, headers: { ...length, ...headers } }, async (answer) => {
        const text = String(await readBody(answer, Number.POSITIVE_INFINITY));
        done({ status: answer.statusCode ?? 0, body: text, headers: answer.headers });
      })
        .once("error", fail)
        .end(body);
    });
  }

  /** The headers of a request that is signed for a service; nothing looks at the signature. */
  function signedFor(service: string): Record<string, string> {
    return {
      authorization: `AWS4-HMAC-SHA256 Credential=test/20260101/us-west-2/${service}/aws4_request, SignedHeaders=host, Signature=0`,
    };
  }

  /** The emulator tells them by a pipe, which can be later than the answer. */
  async function firstFailures(): Promise<string[]> {
    while (failures.length === 0) await setTimeout(10);
    return failures;
  }

  async function report(method = "GET"): Promise<Report> {
    return JSON.parse((await send(method, "/_emulator/violations")).body);
  }

  describe("answers as AWS does to what its service models exclude:", () => {
    const Bucket = "a-bucket";
    const alarm = { AlarmName: "errors", EvaluationPeriods: 1, ComparisonOperator: "GreaterThanThreshold" } as const;
    const trust = { RoleName: "role", AssumeRolePolicyDocument: "{}" };

    test.each<[string, () => Promise<unknown>, string, string, string]>([
      [
        "a name that does not match its pattern (JSON)",
        () => aws.logs.send(new PutRetentionPolicyCommand({ logGroupName: "no spaces", retentionInDays: 30 })),
        "InvalidParameterException",
        "logs PutRetentionPolicy",
        "1 validation error detected: Value 'no spaces' at 'logGroupName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\.\\-_/#A-Za-z0-9]+",
      ],
      [
        "a parameter that is missing (JSON)",
        () => aws.dynamodb.send(new PutItemCommand({ TableName: "orders" } as never)),
        "ValidationException",
        "dynamodb PutItem",
        "Value null at 'item' failed to satisfy constraint: Member must not be null",
      ],
      [
        "a value of no enumeration, in a list (JSON)",
        () =>
          aws.dynamodb.send(
            new CreateTableCommand({
              TableName: "orders",
              KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
              AttributeDefinitions: [{ AttributeName: "id", AttributeType: "T" as never }],
            }),
          ),
        "ValidationException",
        "dynamodb CreateTable",
        "Value 'T' at 'attributeDefinitions.1.member.attributeType' failed to satisfy constraint: Member must satisfy enum value set: [S, N, B]",
      ],
      [
        "a text that is too long (JSON)",
        () => aws.events.send(new PutRuleCommand({ Name: "rule", Description: "x".repeat(513) })),
        "ValidationException",
        "events PutRule",
        "at 'description' failed to satisfy constraint: Member must have length less than or equal to 512",
      ],
      [
        "a list that is too long (JSON)",
        () =>
          aws.cloudwatch.send(new PutMetricAlarmCommand({ ...alarm, AlarmActions: ["1", "2", "3", "4", "5", "6"] })),
        "ValidationException",
        "cloudwatch PutMetricAlarm",
        "at 'alarmActions' failed to satisfy constraint: Member must have length less than or equal to 5",
      ],
      [
        "two mistakes in a form (query)",
        () =>
          aws.iam.send(
            new CreateRoleCommand({ ...trust, MaxSessionDuration: 60, Tags: [{ Key: "team\n", Value: "Žluťoučký" }] }),
          ),
        "ValidationError",
        "iam CreateRole",
        "2 validation errors detected: Value '60' at 'maxSessionDuration' failed to satisfy constraint: Member must be greater than or equal to 3600; Value 'team\n' at 'tags.1.member.key'",
      ],
      [
        "a value of no enumeration (REST with JSON)",
        () => aws.apigateway.send(new CreateApiCommand({ Name: "api", ProtocolType: "FTP" as never })),
        "BadRequestException",
        "apigatewayv2 CreateApi",
        "Value 'FTP' at 'protocolType' failed to satisfy constraint: Member must satisfy enum value set: [WEBSOCKET, HTTP]",
      ],
      [
        "a number that is too small, and a name in the path (REST with JSON)",
        () => aws.lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: "no spaces", MemorySize: 64 })),
        "InvalidParameterValueException",
        "lambda UpdateFunctionConfiguration",
        "2 validation errors detected: Value 'no spaces' at 'functionName'",
      ],
      [
        "a value in an XML body (REST with XML)",
        () =>
          aws.s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "On" as never } })),
        "MalformedXML",
        "s3 PutBucketVersioning",
        "Value 'On' at 'versioningConfiguration.status' failed to satisfy constraint: Member must satisfy enum value set: [Enabled, Suspended]",
      ],
      [
        "a value in a header (REST with XML)",
        () => aws.s3.send(new CreateBucketCommand({ Bucket, ACL: "nobody" as never })),
        "InvalidArgument",
        "s3 CreateBucket",
        "Value 'nobody' at 'aCL' failed to satisfy constraint: Member must satisfy enum value set",
      ],
    ])("%s", async (_what, call, name, operation, message) => {
      await report("DELETE");
      const error = await call().then(
        () => undefined,
        (thrown) => thrown,
      );
      expect(error).toMatchObject({
        name: expect.stringContaining(name),
        message: expect.stringContaining(message),
        $metadata: { httpStatusCode: 400 },
      });
      const { violations } = await report();
      expect(violations).toEqual([expect.stringContaining(`${operation}: ${error.message}`)]);
    });

    const dynamodb = (body: string) =>
      send("POST", "/", { ...signedFor("dynamodb"), "x-amz-target": "DynamoDB_20120810.PutItem" }, body);
    const form = { "content-type": "application/x-www-form-urlencoded" };
    const iam = (body: string) => send("POST", "/", { ...signedFor("iam"), ...form }, body);
    const s3 = (method: string, query: string, body = "") => send(method, `/a-bucket?${query}`, signedFor("s3"), body);
    const typo = "<VersioningConfiguration><Sttus>Enabled</Sttus></VersioningConfiguration>";
    const type = "'tableName' failed to satisfy constraint: Member must have the type str";

    test.each<[string, () => ReturnType<typeof send>, string, string]>([
      [
        "a member (JSON)",
        () => dynamodb('{"TableName": "a", "Item": {}, "Itme": {}}'),
        "ValidationException",
        "'Itme'",
      ],
      ["a type (JSON)", () => dynamodb('{"TableName": 7, "Item": {}}'), "ValidationException", type],
      ["a body (JSON)", () => dynamodb('{"TableName":'), "SerializationException", "could not be parsed"],
      ["a field (query)", () => iam("Action=CreateUser&UserName=a&Nmae=b"), "ValidationError", "'Nmae'"],
      ["a number (query)", () => iam("Action=ListUsers&MaxItems=ten"), "ValidationError", "'maxItems'"],
      ["a parameter (REST)", () => s3("GET", "list-type=2&max-kyes=1"), "InvalidArgument", "'max-kyes'"],
      ["an element (XML)", () => s3("PUT", "versioning", typo), "MalformedXML", "'versioningConfiguration.sttus'"],
      ["a body (XML)", () => s3("PUT", "versioning", "<Versioning>"), "MalformedXML", "could not be parsed"],
    ])("%s that no SDK sends", async (_what, call, code, message) => {
      const { status, body } = await call();
      expect([status, body]).toEqual([400, expect.stringContaining(code)]);
      expect(body).toContain(message);
    });
  });

  test("passes on and counts what AWS accepts, and tells what it cannot check", async () => {
    await report("DELETE");
    const Bucket = "orders";
    await aws.s3.send(
      new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: "us-west-2" } }),
    );
    await aws.s3.send(new PutObjectCommand({ Bucket, Key: "a b/ž?&", Body: "x".repeat(100_000) }));
    await send("GET", "/", signedFor("no-service"));
    expect(await report("DELETE")).toEqual({
      checked: { "s3 CreateBucket": 1, "s3 PutObject": 1 },
      violations: [],
      unidentified: ["no-service GET /"],
      uncheckedPatterns: [],
    });
    expect(await report()).toMatchObject({ checked: {}, unidentified: [] });
  });

  test("keeps a function's changes, and lists an API's authorizers", async () => {
    const FunctionName = "orders";
    const trust = { RoleName: "orders", AssumeRolePolicyDocument: "{}" };
    const { Role } = await aws.iam.send(new CreateRoleCommand(trust));
    const ZipFile = zipSync({ "index.py": new Uint8Array() });
    await aws.lambda.send(
      new CreateFunctionCommand({
        FunctionName,
        Role: Role?.Arn,
        Runtime: "python3.13",
        Handler: "index.handler",
        Code: { ZipFile },
        TracingConfig: { Mode: "Active" },
      }),
    );
    const changed = { FunctionName, TracingConfig: { Mode: "PassThrough" } } as const;
    await aws.lambda.send(new UpdateFunctionConfigurationCommand(changed));
    await aws.lambda.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile, Architectures: ["arm64"] }));
    expect(await aws.lambda.send(new GetFunctionConfigurationCommand({ FunctionName }))).toMatchObject({
      TracingConfig: { Mode: "PassThrough" },
      Architectures: ["arm64"],
    });

    const { ApiId } = await aws.apigateway.send(new CreateApiCommand({ Name: "orders", ProtocolType: "HTTP" }));
    const IdentitySource = ["$request.header.Authorization"];
    await aws.apigateway.send(
      new CreateAuthorizerCommand({ ApiId, Name: "jwt", AuthorizerType: "JWT", IdentitySource }),
    );
    const { Items } = await aws.apigateway.send(new GetAuthorizersCommand({ ApiId }));
    expect(Items).toEqual([expect.objectContaining({ Name: "jwt" })]);
  });

  test("tells at once of a request at which moto fails, and answers it with the reason", async () => {
    await expect(aws.logs.send(new GetQueryResultsCommand({ queryId: "none" }))).rejects.toMatchObject({
      name: "InternalFailure",
      message: "The emulator failed: KeyError: 'none'",
      $metadata: { httpStatusCode: 500 },
    });
    expect([...new Set(failures)]).toEqual(["logs GetQueryResults is answered 500: KeyError: 'none'"]);
  });

  test("treats a table's capacity and time to live as DynamoDB does", async () => {
    const TableName = "switches";
    const key = { AttributeName: "id", AttributeType: "S", KeyType: "HASH" } as const;
    const units = (count: number) => ({ ReadCapacityUnits: count, WriteCapacityUnits: count });
    const change = (changes: object) => aws.dynamodb.send(new UpdateTableCommand({ TableName, ...changes }));
    const expire = (AttributeName: string, Enabled: boolean) =>
      aws.dynamodb.send(
        new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification: { AttributeName, Enabled } }),
      );
    await aws.dynamodb.send(
      new CreateTableCommand({
        TableName,
        KeySchema: [key],
        AttributeDefinitions: [key],
        ProvisionedThroughput: units(5),
      }),
    );
    await expect(change({ ProvisionedThroughput: units(5) })).rejects.toThrow(/will not change/);
    const onDemand = await change({ BillingMode: "PAY_PER_REQUEST" });
    expect(onDemand.TableDescription?.ProvisionedThroughput).toMatchObject(units(0));
    await expect(change({ ProvisionedThroughput: units(7) })).rejects.toThrow(/when BillingMode is PAY_PER_REQUEST/);
    await expect(change({ BillingMode: "PROVISIONED" })).rejects.toThrow(/ProvisionedThroughput must be specified/);
    const provisioned = await change({ BillingMode: "PROVISIONED", ProvisionedThroughput: units(50) });
    expect(provisioned.TableDescription?.ProvisionedThroughput).toMatchObject(units(50));

    await expect(expire("At", false)).rejects.toThrow("TimeToLive is already disabled");
    await expire("At", true);
    await expect(expire("At", true)).rejects.toThrow("TimeToLive is already enabled");
    const other = "TimeToLive is active on a different AttributeName: current AttributeName is At";
    for (const enabled of [true, false]) await expect(expire("Other", enabled)).rejects.toThrow(other);
    await expire("At", false);
    const { TimeToLiveDescription } = await aws.dynamodb.send(new DescribeTimeToLiveCommand({ TableName }));
    expect(TimeToLiveDescription).toEqual({ TimeToLiveStatus: "DISABLED" });
    await expire("Other", true);
  });

  test("says at once what it lacks", async () => {
    const call = aws.dynamodb.send(new ListGlobalTablesCommand({}));
    await expect(call).rejects.toMatchObject({
      name: "NotImplemented",
      message: "The emulator lacks ListGlobalTables of dynamodb.",
      $metadata: { attempts: 1 },
    });
    const lacking = "dynamodb ListGlobalTables is answered 501: not implemented";
    expect(await firstFailures()).toEqual([lacking]);
  });

  test.each([
    ["a service", "rbin", "POST", "/list-rules", '{"ResourceType": "EC2_IMAGE"}', "ListRules of rbin"],
    ["an operation with a path", "xray", "POST", "/Groups", "{}", "GetGroups of xray"],
    [
      "an operation that it cannot identify",
      "bedrock",
      "POST",
      "/model/any/converse",
      "{}",
      "POST /model/any/converse",
    ],
  ])("says at once that it lacks %s", async (_what, service, method, path, body, lacking) => {
    const answer = await send(method, path, signedFor(service), body);
    expect([answer.status, answer.body]).toEqual([501, expect.stringContaining(`The emulator lacks ${lacking}`)]);
    expect(await firstFailures()).toEqual([expect.stringMatching(/ is answered 501: not implemented$/)]);
  });

  test.each([
    ["S3", "s3", "/a-bucket?list-type=2&max-kyes=1", "<Error><Code>"],
    ["another service with XML", "route53", "/2013-04-01/hostedzone?typo=x", "<ErrorResponse><Error>"],
  ])("refuses with the element of %s", async (_what, service, path, element) => {
    const answer = await send("GET", path, signedFor(service));
    expect([answer.status, answer.body]).toEqual([400, expect.stringContaining(element)]);
  });

  test("names a distribution as CloudFront does, so that its tags can be read", async () => {
    const origin = "<Id>a</Id><DomainName>example.com</DomainName>";
    const behaviour = "<TargetOriginId>a</TargetOriginId><ViewerProtocolPolicy>allow-all</ViewerProtocolPolicy>";
    const config = `<DistributionConfig xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/"><CallerReference>a</CallerReference>
      <Origins><Quantity>1</Quantity><Items><Origin>${origin}</Origin></Items></Origins>
      <DefaultCacheBehavior>${behaviour}</DefaultCacheBehavior><Comment/><Enabled>true</Enabled></DistributionConfig>`;
    const made = await send("POST", "/2020-05-31/distribution", signedFor("cloudfront"), config);
    const [arn = ""] = /arn:aws:cloudfront::123456789012:distribution\/\w+/.exec(made.body) ?? [made.body];
    const tags = await send("GET", `/2020-05-31/tagging?Resource=${arn}`, signedFor("cloudfront"));
    expect([tags.status, tags.body]).toEqual([200, expect.stringContaining("<Tags")]);
  });

  describe("of an HTTP API's CORS configuration", () => {
    const ORIGIN = "https://example.com";
    let ApiId: string | undefined;
    const create = (CorsConfiguration: Cors) =>
      aws.apigateway.send(new CreateApiCommand({ Name: "api", ProtocolType: "HTTP", CorsConfiguration }));
    const update = (CorsConfiguration: Cors) => aws.apigateway.send(new UpdateApiCommand({ ApiId, CorsConfiguration }));
    const configured = async () => (await aws.apigateway.send(new GetApiCommand({ ApiId }))).CorsConfiguration;
    beforeAll(async () => {
      ({ ApiId } = await create({ AllowOrigins: [ORIGIN] }));
    });

    test.each<[string, Cors, string]>([
      ["an origin without a scheme", { AllowOrigins: ["example.com"] }, "Invalid format for origin example.com"],
      [
        "an app's origin",
        { AllowOrigins: ["capacitor://localhost"] },
        "Invalid format for origin capacitor://localhost",
      ],
      ["a file's origin", { AllowOrigins: [ORIGIN, "null"] }, "Invalid format for origin null"],
      ["a path", { AllowOrigins: [`${ORIGIN}/app`] }, `Invalid format for origin ${ORIGIN}/app`],
      ["a slash at the end", { AllowOrigins: [`${ORIGIN}/`] }, `Invalid format for origin ${ORIGIN}/`],
      [
        "an inner wildcard",
        { AllowOrigins: ["https://*.example.com"] },
        "Invalid format for origin https://*.example.com",
      ],
      ["* beside an origin", { AllowOrigins: ["*", ORIGIN] }, "Origin * cannot be combined with other origins"],
      [
        "credentials for every origin",
        { AllowOrigins: ["*"], AllowCredentials: true },
        "allow-credentials is not supported if 'allow-origin' is *",
      ],
      ["no name of a request's header", { AllowHeaders: ["X Id"] }, "Invalid format for header X Id"],
      ["no name of an answer's header", { ExposeHeaders: ["X-Id", "X:"] }, "Invalid format for header X:"],
    ])("refuses %s", async (_what, cors, message) => {
      const refusal = { name: "BadRequestException", message, $metadata: { httpStatusCode: 400 } };
      await expect(create(cors)).rejects.toMatchObject(refusal);
      await expect(update(cors)).rejects.toMatchObject(refusal);
      expect(await configured()).toMatchObject({ AllowOrigins: [ORIGIN] });
    });

    test.each<[Cors]>([
      [{ AllowOrigins: ["*"], AllowMethods: ["*"], AllowHeaders: ["*"], ExposeHeaders: ["Date", "*"] }],
      [{ AllowOrigins: ["https://*", "http://localhost:3000", "http://[::1]"], AllowCredentials: true }],
      [{ AllowOrigins: [ORIGIN] }],
    ])("takes %j", async (cors) => {
      await update(cors);
      expect(await configured()).toMatchObject(cors);
    });
  });

  describe("answers only its own users", () => {
    const Bucket = "survivor";
    const port = () => new URL(emulator.endpoint).port;

    beforeAll(() =>
      aws.s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: "us-west-2" } })),
    );

    test.each([
      ["a page of another origin", { origin: "https://example.com" }],
      ["a page of another port", { origin: "http://127.0.0.1:1" }],
      ["a page without an origin of its own", { origin: "null" }],
      ["another host's name", { host: "example.com" }],
      ["a name that begins like its own", { host: "127.0.0.1.example.com" }],
    ])("%s cannot wipe it", async (_who, headers) => {
      const answer = await send("POST", "/moto-api/reset", headers);
      expect([answer.status, answer.body]).toEqual([
        403,
        expect.stringMatching(/^.*emulator.*http:\/\/127\.0\.0\.1:\d+\.\n$/),
      ]);
      expect(answer.headers).not.toHaveProperty("access-control-allow-origin");
      await aws.s3.send(new HeadBucketCommand({ Bucket }));
    });

    test.each(["127.0.0.1", "localhost", "LOCALHOST", "[::1]"])("%s is its own name", async (name) => {
      const host = `${name}:${port()}`;
      const answer = await send("GET", "/", { host, origin: `http://${host}` });
      expect(answer.status).toBe(200);
      expect(answer.headers).not.toHaveProperty("access-control-allow-origin");
    });

    test("its own name with another port is not", async () => {
      expect((await send("GET", "/", { host: "127.0.0.1:1" })).status).toBe(403);
    });
  });
});
