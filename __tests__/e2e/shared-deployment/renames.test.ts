import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Deployment } from "@local/terraform/deployment";
import { shareAwsProvider } from "../aws-provider";
import { AwsProxy } from "../aws-proxy";
import { Checkout, recordWrites } from "../checkout";
import { describeE2e, sharedRun } from "../shared";
import { SharedDeployment } from "./shared-deployment";

const STACK = "stacks/serverless-infrastructure-stack.ts";

describeE2e("a construct of production with another id", () => {
  let folder: string;
  let proxy: AwsProxy;
  let checkout: Checkout;
  let deployment: SharedDeployment;

  beforeAll(async () => {
    deployment = await SharedDeployment.ready();
    folder = mkdtempSync(join(tmpdir(), "renames-"));
    proxy = await AwsProxy.start(deployment.endpoint);
    await shareAwsProvider({ endpoint: proxy.endpoint, folder });
    checkout = new Checkout(join(folder, "checkout"), proxy.endpoint);
    checkout.edit(STACK, 'new Monitoring(this, "monitoring"', 'new Monitoring(this, "alarms"');
  });
  afterAll(async () => {
    await proxy?.stop();
    if (folder) rmSync(folder, { recursive: true });
  });

  test("is refused, whatever is allowed, with what to add", async () => {
    const { resources } = deployment.stacks["serverless-infrastructure"];
    const former = resources.map(({ address }) => address).filter((address) => address.includes(".monitoring_"));
    const allowed = former.flatMap((address) => ["--allow-data-loss", address]);
    const options = ["--adopt", "--lock-timeout", "60s", ...allowed];
    const { exitCode, stdout, stderr } = await checkout.run("plan", "--markdown", ...options);
    expect([exitCode, stderr]).toEqual([
      3,
      expect.stringContaining("Refused: the plan takes renamed resources for new"),
    ]);
    expect(existsSync(checkout.plan)).toBe(false);
    expect(stdout).toContain('\n> - `movedFrom(<alarms>, "monitoring");`\n');
    expect(stderr).toContain('\n  movedFrom(<alarms>, "monitoring");\n');
    for (const address of former) expect(stderr).toContain(`.moveFromId("${address}");`);
  });

  test("is moved by what the plan says to add", async () => {
    const output = 'this.output("api_endpoint"';
    checkout.edit(STACK, output, `movedFrom(this.monitoring, "monitoring");\n    ${output}`);
    checkout.edit(STACK, "import { resourceName }", "import { movedFrom, resourceName }");
    const { exitCode, stdout } = await checkout.run("plan", "--lock-timeout", "60s");
    expect([exitCode, stdout]).not.toEqual([3, expect.anything()]);
    expect(stdout).not.toMatch(/^[-+±=~] /m);
  });

  test("is refused by bootstrap, too", async () => {
    const shared = new Deployment({ ...sharedRun(), outputFolder: deployment.outputFolder, environment: "production" });
    const state = shared.localStateFile;
    copyFileSync(state, join(checkout.folder, "terraform.serverless-infrastructure-state.tfstate"));
    checkout.edit("stacks/state-backend-stack.ts", '"state"', '"storage"');
    const writes = recordWrites(proxy);
    const { exitCode, stderr } = await checkout.run("bootstrap", "--adopt");
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining('movedFrom(<storage>, "state");')]);
    expect(writes).toEqual([]);
  });
});
