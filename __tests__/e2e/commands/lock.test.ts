import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Checkout, expectFailure } from "../checkout";
import { describeE2e, sharedRun } from "../shared";

/** Notes how it is called, and adds a line to the lock file. */
const TERRAFORM = `#!/bin/sh
case "$1" in
  version) echo '{"terraform_version": "1.11.4"}' ;;
  *)
    echo "$@" > "$CALLED/arguments"
    cp cdk.tf.json "$CALLED"
    echo "# locked" >> .terraform.lock.hcl
    ;;
esac
`;

describeE2e("npm run lock", () => {
  let folder: string;
  let checkout: Checkout;
  let lockFile: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "lock-"));
    checkout = new Checkout(join(folder, "checkout"), sharedRun().endpoint);
    lockFile = join(checkout.folder, ".terraform.lock.hcl");
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test("where the registry does not answer, says so and writes nothing", async () => {
    const env = { HTTPS_PROXY: "http://127.0.0.1:1", NO_PROXY: "", https_proxy: undefined, no_proxy: undefined };
    expectFailure(
      await checkout.runWith(env, "lock"),
      "registry.terraform.io does not answer, and only it has the providers for all platforms; run npm run lock where it does.",
    );
    expect(existsSync(lockFile)).toBe(false);
  });

  test("locks the providers of both stacks for all usual platforms, and keeps the versions that are locked", async () => {
    const bin = join(folder, "bin");
    mkdirSync(bin);
    writeFileSync(join(bin, "terraform"), TERRAFORM);
    chmodSync(join(bin, "terraform"), 0o755);
    const env = { CALLED: folder, PATH: `${bin}:${process.env.PATH}`, TERRAFORM: undefined };

    const { exitCode, stdout } = await checkout.runWith(env, "lock");
    expect([exitCode, stdout]).toEqual([0, ".terraform.lock.hcl is updated\n"]);
    expect(readFileSync(join(folder, "arguments"), "utf8").trim().split(" ")).toEqual([
      ...["providers", "lock", "-no-color", "-platform=linux_amd64", "-platform=linux_arm64", "-platform=darwin_amd64"],
      ...["-platform=darwin_arm64", "-platform=windows_amd64"],
    ]);
    const { terraform } = JSON.parse(readFileSync(join(folder, "cdk.tf.json"), "utf8"));
    expect(Object.keys(terraform.required_providers).sort()).toEqual(["archive", "aws"]);
    expect(readFileSync(lockFile, "utf8")).toBe("# locked\n");

    await checkout.runWith(env, "lock");
    expect(readFileSync(lockFile, "utf8")).toBe("# locked\n# locked\n");
  });
});
