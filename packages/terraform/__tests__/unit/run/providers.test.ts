import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { resolveTerraformProviders } from "../../../run/providers";

describe("Terraform's providers", () => {
  const before = { ...process.env };
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "providers-"));
  });
  afterEach(() => {
    process.env = { ...before };
    rmSync(folder, { recursive: true });
  });

  test("a mirror without the AWS provider is refused", async () => {
    process.env.TF_PROVIDER_MIRROR = folder;
    await expect(resolveTerraformProviders(folder)).rejects.toThrow(`TF_PROVIDER_MIRROR is ${folder}, which has no`);
  });

  test("offline, the registry is not asked", async () => {
    const fetched = jest.spyOn(globalThis, "fetch").mockRejectedValue(new Error("asked"));
    delete process.env.TF_PROVIDER_MIRROR;
    process.env.npm_config_offline = "true";
    await resolveTerraformProviders(folder).catch((error: Error) =>
      expect(error.message).toContain("--offline forbids to ask registry.terraform.io and this machine has no mirror"),
    );
    expect(fetched).not.toHaveBeenCalled();
    fetched.mockRestore();
  });

  test("a mirror is used alone, and the archive provider replaced where it is missing", async () => {
    const os = process.platform;
    const architecture = process.arch === "x64" ? "amd64" : process.arch;
    const providers = join(folder, "mirror", "registry.terraform.io", "hashicorp");
    mkdirSync(join(providers, "aws", "6.0.0", `${os}_${architecture}`), { recursive: true });
    process.env.TF_PROVIDER_MIRROR = join(folder, "mirror");

    const alone = await resolveTerraformProviders(folder);
    expect(alone.needsArchiveStandIn).toBe(true);
    const configuration = readFileSync(alone.environment.TF_CLI_CONFIG_FILE ?? "", "utf8");
    expect(configuration).toContain(`path = "${join(folder, "mirror")}"`);
    expect(configuration).not.toContain("direct");
    // As where environment.sh was sourced.
    process.env = { ...before, ...alone.environment };
    expect(await resolveTerraformProviders(folder)).toEqual(alone);

    mkdirSync(join(providers, "archive", "2.7.1", `${os}_${architecture}`), { recursive: true });
    expect((await resolveTerraformProviders(folder)).needsArchiveStandIn).toBe(false);
  });
});
