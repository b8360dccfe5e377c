import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Cors, CreateApiCommand, GetApiCommand, UpdateApiCommand } from "@aws-sdk/client-apigatewayv2";
import { type Emulator, startEmulator } from "../../../commands/emulator/emulator";
import { findPython } from "../../../commands/emulator/python";
import { type Aws, connectAws } from "../../../commands/terraform/aws";
import { describeWithPython } from "../echo-api";

const ORIGIN = "https://example.com";

describeWithPython("the emulator, of an HTTP API's CORS configuration,", () => {
  let folder: string;
  let emulator: Emulator;
  let aws: Aws;
  let ApiId: string | undefined;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "cors-"));
    emulator = await startEmulator(await findPython(), join(folder, "emulator.log"));
    aws = connectAws({ endpoint: emulator.endpoint, region: "us-west-2" });
    ({ ApiId } = await create({ AllowOrigins: [ORIGIN] }));
  });
  afterAll(async () => {
    await emulator?.stop();
    rmSync(folder, { recursive: true });
  });

  const create = (CorsConfiguration: Cors) =>
    aws.apigateway.send(new CreateApiCommand({ Name: "api", ProtocolType: "HTTP", CorsConfiguration }));
  const update = (CorsConfiguration: Cors) => aws.apigateway.send(new UpdateApiCommand({ ApiId, CorsConfiguration }));
  const configured = async () => (await aws.apigateway.send(new GetApiCommand({ ApiId }))).CorsConfiguration;

  test.each<[string, Cors, string]>([
    ["an origin without a scheme", { AllowOrigins: ["example.com"] }, "Invalid format for origin example.com"],
    ["an app's origin", { AllowOrigins: ["capacitor://localhost"] }, "Invalid format for origin capacitor://localhost"],
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
