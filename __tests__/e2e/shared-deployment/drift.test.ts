import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PutBucketVersioningCommand } from "@aws-sdk/client-s3";
import { TYPESCRIPT } from "@local/command-line/launcher/typescript";
import { type RunResult, run } from "@local/command-line/process/child-process";
import { connectAws } from "@local/terraform/aws";
import { shareAwsProvider } from "../aws-provider";
import { AwsProxy } from "../aws-proxy";
import { Checkout, recordWrites } from "../checkout";
import { describeE2e } from "../shared";
import { SharedDeployment } from "./shared-deployment";

const BUCKET = "serverless-infrastructure-state";

describeE2e("the search for drift", () => {
  let folder: string;
  let deployment: SharedDeployment;
  let proxy: AwsProxy;
  let checkout: Checkout;

  beforeAll(async () => {
    deployment = await SharedDeployment.ready();
    folder = mkdtempSync(join(tmpdir(), "drift-"));
    proxy = await AwsProxy.start(deployment.endpoint);
    await shareAwsProvider({ endpoint: proxy.endpoint, folder });
    checkout = new Checkout(join(folder, "checkout"), proxy.endpoint);
  });
  afterAll(async () => {
    await proxy?.stop();
    if (folder) rmSync(folder, { recursive: true });
  });

  async function findDrift(name: string): Promise<RunResult & { readonly found: Record<string, string> }> {
    const out = join(folder, name);
    const result = await run(
      process.execPath,
      [...TYPESCRIPT, join(checkout.folder, "tools", "drift.ts"), "--out", out],
      {
        env: { ...process.env, AWS_ENDPOINT_URL: proxy.endpoint, ENVIRONMENT: "production", TMPDIR: folder },
        cwd: checkout.folder,
      },
    );
    const files = readdirSync(out).map((file) => [file, readFileSync(join(out, file), "utf8")]);
    return { ...result, found: Object.fromEntries(files) };
  }

  test("finds none after a deployment, and writes nothing to AWS", async () => {
    const locks: string[] = [];
    const writes = recordWrites(proxy, ({ path }) => {
      if (path.includes(".tflock")) locks.push(path);
      return undefined;
    });
    expect(await findDrift("none")).toMatchObject({
      exitCode: 0,
      found: { "serverless-infrastructure.md": "", "state-backend.md": "" },
    });
    expect([...writes, ...locks]).toEqual([]);
  });

  test("tells what was changed by hand, also where another stack cannot be planned", async () => {
    const { s3 } = connectAws({ endpoint: deployment.endpoint, region: "us-west-2" });
    const setVersioning = (Status: "Enabled" | "Suspended") =>
      s3.send(new PutBucketVersioningCommand({ Bucket: BUCKET, VersioningConfiguration: { Status } }));
    await setVersioning("Suspended");
    proxy.before = ({ path }) =>
      path.startsWith(`/${BUCKET}/serverless-infrastructure/`)
        ? { status: 403, body: "<Error><Code>AccessDenied</Code></Error>" }
        : undefined;
    try {
      const { exitCode, stderr, found } = await findDrift("some");
      expect(exitCode).toBe(1);
      expect(stderr).toMatch(/^serverless-infrastructure: AWS denies access to the state bucket/m);
      expect(Object.keys(found)).toEqual(["state-backend.md"]);
      expect(found["state-backend.md"]).toMatch(/versioning_configuration\[0\]\.status: "Suspended" → "Enabled"/);
    } finally {
      await setVersioning("Enabled");
    }
  });
});
