import { randomBytes } from "node:crypto";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { App } from "cdktf";
import { type TerraformStack, Testing } from "cdktf";
import { PythonFunction } from "../../../../constructs/function/python-function";
import { parseSettings, type Settings } from "../../../../settings/settings";
import { GithubAccessStack } from "../../../../stacks/github-access-stack";
import { ServerlessInfrastructureStack } from "../../../../stacks/serverless-infrastructure-stack";
import { StateBackendStack } from "../../../../stacks/state-backend-stack";
import { allows, statementsOfRole } from "../../../iam-policy";
import { withApp } from "../synthesize";
import { Synthesized, synthesizeStateBackend } from "../system";

const ACCOUNT = "123456789012";
const SETTINGS = { account: ACCOUNT, github: { repository: "octo/requests" } };
// The digest stands for what a bucket's name has no room for.
const BUCKET = /^artifacts-serverless-infrastructure-state-123456789012-[0-9a-f]{8}$/;

class WithLarge extends ServerlessInfrastructureStack {
  constructor(app: App, id: string, settings: Settings, source: string) {
    super(app, id, settings);
    new PythonFunction(this, "large", { source });
  }
}

let system: Synthesized;
let stateBackend: Synthesized;
let githubAccess: Synthesized;
beforeAll(() => {
  const source = mkdtempSync(join(tmpdir(), "large-"));
  cpSync("lambda-src", source, { recursive: true });
  writeFileSync(join(source, "model.bin"), randomBytes(51 * 1024 * 1024));
  const settings = parseSettings({ production: SETTINGS }, "production");
  withApp((app) => {
    const stack = new WithLarge(app, "system", settings, source);
    const buckets = new StateBackendStack(app, "state", settings);
    buckets.keepArtifactsOf(stack);
    const roles = new GithubAccessStack(app, "roles", settings as Settings & Required<Pick<Settings, "github">>, stack);
    const read = (each: TerraformStack) => new Synthesized(Testing.synth(each));
    system = read(stack);
    stateBackend = read(buckets);
    githubAccess = read(roles);
  });
  rmSync(source, { recursive: true });
});

test("the code of a function with a large package comes from the bucket for artifacts, that of others from the plan", () => {
  const object = system.only("aws_s3_object");
  const [id] = Object.keys(system.config.resource.aws_s3_object);
  const large = system.all("aws_lambda_function").find(({ function_name }) => function_name === "large");
  const others = system.all("aws_lambda_function").filter((each) => each !== large);
  expect(large).toMatchObject({ s3_bucket: `\${aws_s3_object.${id}.bucket}`, s3_key: `\${aws_s3_object.${id}.key}` });
  expect(large).not.toHaveProperty("filename");
  expect(others.map(({ filename, s3_bucket }) => [Boolean(filename), s3_bucket])).toEqual([[true, undefined]]);
  expect(object).toMatchObject({ bucket: expect.stringMatching(BUCKET), key: "large.zip" });
  expect(object.source_hash).toBe(large.source_code_hash);
  // A plan fails where the bucket is missing.
  expect(Object.values(system.config.data.aws_s3_bucket)).toEqual([{ bucket: object.bucket }]);
});

test("the state bucket's stack has the bucket for artifacts only where a function needs it", () => {
  const { bucket: name } = system.only("aws_s3_object");
  expect(stateBackend.all("aws_s3_bucket")).toContainEqual({ bucket: name, force_destroy: true });
  const settings = parseSettings({ production: SETTINGS }, "production");
  withApp((app) => {
    const buckets = new StateBackendStack(app, "state", settings);
    buckets.keepArtifactsOf(new ServerlessInfrastructureStack(app, "system", settings));
    expect(Testing.synth(buckets)).toBe(synthesizeStateBackend(SETTINGS).json);
  });
});

test("the deploy role may write the code and give it to Lambda, and the plan role may read its settings", () => {
  const role = (kind: string) => statementsOfRole(githubAccess.config, `serverless-infrastructure-${kind}`, ACCOUNT);
  const [deploy, plan] = [role("deploy"), role("plan")];
  const { bucket } = system.only("aws_s3_object");
  const object = `arn:aws:s3:::${bucket}/large.zip`;
  const requests = ["PutObject", "GetObject", "DeleteObjectVersion"].map((name) => ({
    action: `s3:${name}`,
    resource: object,
  }));
  const other = { action: "s3:PutObject", resource: `arn:aws:s3:::${bucket}/other.zip` };
  expect([...requests, other].map((request) => allows(deploy, request))).toEqual([true, true, true, false]);
  expect(requests.map((request) => allows(plan, request))).toEqual([false, true, false]);
  expect(allows(plan, { action: "s3:ListBucket", resource: `arn:aws:s3:::${bucket}` })).toBe(true);
});
