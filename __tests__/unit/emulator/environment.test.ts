import { emulatorEnvironment, loopbackEndpoint, requireEmulator } from "../../../commands/emulator/environment";

describe("the emulator's endpoint", () => {
  test.each([
    "https://dynamodb.us-west-2.amazonaws.com",
    "http://10.0.0.1:5000",
    "http://127.0.0.1.example.com",
    "http://localhost.example.com:5000",
    "localhost",
    "nonsense",
  ])("%s is refused, because it is not on this machine", (endpoint) => {
    expect(() => loopbackEndpoint(endpoint)).toThrow(`AWS_ENDPOINT_URL is ${endpoint}, which is not on this machine`);
  });

  test.each([
    ["http://127.0.0.1:5000", "http://127.0.0.1:5000"],
    ["http://127.1.2.3:5000/", "http://127.1.2.3:5000"],
    ["http://[::1]:5000", "http://[::1]:5000"],
    ["http://localhost:5000", "http://127.0.0.1:5000"],
  ])("%s is taken as %s", (endpoint, taken) => {
    expect(loopbackEndpoint(endpoint)).toBe(taken);
  });

  test("must be one where something answers", async () => {
    // Port 1 is reserved, and nothing listens there.
    await expect(requireEmulator("http://127.0.0.1:1")).rejects.toThrow("Nothing answers at AWS_ENDPOINT_URL");
  });
});

describe("the emulator's environment", () => {
  const before = { ...process.env };
  afterEach(() => {
    process.env = { ...before };
  });

  test("keeps nothing that could lead to a real account or another state", () => {
    Object.assign(process.env, {
      AWS_PROFILE: "production",
      AWS_SESSION_TOKEN: "secret",
      AWS_ENDPOINT_URL_S3: "https://s3.us-west-2.amazonaws.com",
      TF_WORKSPACE: "other",
      TF_CLI_ARGS: "-lock=false",
      UNRELATED: "kept",
    });
    const environment = emulatorEnvironment("http://127.0.0.1:5000");
    expect(
      Object.keys(environment)
        .filter((name) => /^(AWS|TF)_/.test(name))
        .sort(),
    ).toEqual([
      "AWS_ACCESS_KEY_ID",
      "AWS_CONFIG_FILE",
      "AWS_EC2_METADATA_DISABLED",
      "AWS_ENDPOINT_URL",
      "AWS_SECRET_ACCESS_KEY",
      "AWS_SHARED_CREDENTIALS_FILE",
      "TF_INPUT",
      "TF_IN_AUTOMATION",
    ]);
    expect(environment).toMatchObject({ AWS_ENDPOINT_URL: "http://127.0.0.1:5000", UNRELATED: "kept" });
  });
});
