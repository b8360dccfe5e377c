import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "@local/command-line/process/child-process";
import {
  emulatorEnvironment,
  localEnvironment,
  loopbackEndpoint,
  requireEmulator,
  writeEnvironmentScript,
} from "@local/terraform/environment";

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
    await expect(requireEmulator("http://127.0.0.1:1")).rejects.toThrow("No emulator answers at AWS_ENDPOINT_URL");
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
      PYTHONPATH: "/other",
      UNRELATED: "other",
      ENVIRONMENT: "development",
      NODENV_VERSION: "20.9.0",
      HTTPS_PROXY: "http://proxy.example.com",
      no_proxy: "",
      NO_PROXY: "example.com, localhost",
    });
    const environment = emulatorEnvironment("http://127.0.0.1:5000");
    expect(
      Object.keys(environment)
        .filter((name) => /^(AWS|TF)_/.test(name))
        .sort(),
    ).toEqual([
      "AWS_ACCESS_KEY_ID",
      "AWS_CONFIG_FILE",
      "AWS_DISABLE_HOST_PREFIX_INJECTION",
      "AWS_EC2_METADATA_DISABLED",
      "AWS_ENDPOINT_URL",
      "AWS_SECRET_ACCESS_KEY",
      "AWS_SHARED_CREDENTIALS_FILE",
      "TF_INPUT",
      "TF_IN_AUTOMATION",
    ]);
    const hosts = "example.com,localhost,127.0.0.1,::1,[::1]";
    expect(environment).toMatchObject({
      AWS_ENDPOINT_URL: "http://127.0.0.1:5000",
      PATH: process.env.PATH,
      ENVIRONMENT: "development",
      NODENV_VERSION: "20.9.0",
      HTTPS_PROXY: "http://proxy.example.com",
      NO_PROXY: hosts,
      no_proxy: hosts,
    });
    expect(Object.keys(environment)).not.toEqual(expect.arrayContaining(["UNRELATED"]));
    expect(Object.keys(localEnvironment())).not.toEqual(expect.arrayContaining(["HTTPS_PROXY"]));
  });
});

describe("the environment script", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "script-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** What a shell has after the script. */
  async function source(terraform?: { path: string; isOnPath: boolean }, NO_PROXY?: string): Promise<string[]> {
    const file = join(folder, "environment.sh");
    writeEnvironmentScript(file, { AWS_REGION: "us-west-2", OTHER: "not set" }, terraform);
    const env = { PATH: "/usr/bin:/bin", AWS_PROFILE: "production", TF_WORKSPACE: "other", NO_PROXY };
    const names = ["PATH", "AWS_REGION", "AWS_PROFILE", "TF_WORKSPACE", "OTHER", "TERRAFORM_BINARY_NAME"];
    if (NO_PROXY) names.push("NO_PROXY", "no_proxy");
    const print = names.map((name) => `echo "$${name}"`).join("; ");
    return (await run("/bin/sh", ["-c", `. ${file}; ${print}`], { env })).stdout.trimEnd().split("\n");
  }

  test("sets the deployment's variables for AWS and Terraform, and unsets all others", async () => {
    const set = [`${folder}/bin:/usr/bin:/bin`, "us-west-2"];
    expect(await source()).toEqual(set);
    expect(await source({ path: "/usr/bin/terraform", isOnPath: true })).toEqual(set);
  });

  test.each([
    ["*", "*"],
    ["example.com", "127.0.0.1,localhost,::1,example.com"],
  ])("keeps this machine away from a proxy, beside %s", async (given, hosts) => {
    expect((await source(undefined, given)).slice(-2)).toEqual([hosts, hosts]);
  });

  test("lets a shell and the CDKTF CLI find Terraform where it is not on the PATH", async () => {
    expect(await source({ path: join(folder, "terraform"), isOnPath: false })).toEqual([
      ...[`${folder}/bin:${folder}:/usr/bin:/bin`, "us-west-2", "", "", ""],
      join(folder, "terraform"),
    ]);
  });
});
