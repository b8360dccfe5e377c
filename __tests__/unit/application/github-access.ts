import type { DataAwsIamPolicyDocumentStatement } from "@cdktf/provider-aws/lib/data-aws-iam-policy-document";
import { iamStatement } from "../../iam-policy";
import { type Synthesized, synthesizeGithubAccess, synthesizeSystem } from "./system";

const access = synthesizeGithubAccess();

/** The subjects that may assume each role, by the role's name. */
function subjects(stack: Synthesized): Record<string, string[]> {
  const trusts = stack.config.data.aws_iam_policy_document;
  const entries = stack.all("aws_iam_role").map(({ name, assume_role_policy, max_session_duration }) => {
    const [, id = ""] = /aws_iam_policy_document\.(.+)\.json/.exec(assume_role_policy) ?? [];
    const [{ actions, principals, condition }] = trusts[id].statement;
    const provider = stack.reference("aws_iam_openid_connect_provider", "arn");
    expect(actions).toEqual(["sts:AssumeRoleWithWebIdentity"]);
    expect(principals).toEqual([{ type: "Federated", identifiers: [provider] }]);
    expect(condition).toMatchObject([
      { test: "StringEquals", variable: expect.stringMatching(/:aud$/), values: ["sts.amazonaws.com"] },
      { test: "StringEquals", variable: expect.stringMatching(/:sub$/) },
    ]);
    expect(max_session_duration).toBe(3600);
    return [name, condition[1].values];
  });
  return Object.fromEntries(entries);
}

test("pull requests and main may plan, the environment may deploy", () => {
  expect(subjects(access)).toEqual({
    "serverless-infrastructure-plan": ["repo:octo/requests:pull_request", "repo:octo/requests:ref:refs/heads/main"],
    "serverless-infrastructure-deploy": ["repo:octo/requests:environment:production"],
  });
});

test("the plan's role trusts the default branch, whatever its name, and no queue for it", () => {
  const github = { repository: "octo/requests", branch: "trunk" };
  expect(subjects(synthesizeGithubAccess({ github }))).toEqual({
    "serverless-infrastructure-plan": ["repo:octo/requests:pull_request", "repo:octo/requests:ref:refs/heads/trunk"],
    "serverless-infrastructure-deploy": ["repo:octo/requests:environment:production"],
  });
});

test("the ids that GitHub puts into newer repositories' tokens are kept", () => {
  const github = { repository: "octo@12/requests@34", environment: "live" };
  expect(subjects(synthesizeGithubAccess({ github }))).toMatchObject({
    "serverless-infrastructure-deploy": ["repo:octo@12/requests@34:environment:live"],
  });
});

test("an account's OIDC provider is created, or taken where it exists", () => {
  expect(access.only("aws_iam_openid_connect_provider")).toMatchObject({
    url: "https://token.actions.githubusercontent.com",
    client_id_list: ["sts.amazonaws.com"],
  });
  const github = { repository: "octo/requests", oidcProvider: "existing" };
  const { config } = synthesizeGithubAccess({ github });
  expect(config.resource).not.toHaveProperty("aws_iam_openid_connect_provider");
  expect(Object.values(config.data.aws_iam_openid_connect_provider)).toMatchObject([
    { url: "https://token.actions.githubusercontent.com" },
  ]);
});

test("its state is not where the roles that it makes may write", () => {
  expect(access.config.terraform.backend.s3).toMatchObject({
    bucket: "serverless-infrastructure-state",
    key: "serverless-infrastructure/production.github-access.tfstate",
    use_lockfile: true,
  });
  const written = [...access.allowing("s3:PutObject"), ...access.allowing("s3:DeleteObject")].flatMap(
    ({ resources }) => resources,
  );
  const { key } = synthesizeSystem().config.terraform.backend.s3;
  const endings = written.map((resource: string) => resource.replace(/^.*:::serverless-infrastructure-state\//, ""));
  expect([...new Set(endings)].sort()).toEqual([key, `${key}.tflock`]);
});

test("nothing reads what is stored: items, objects, log lines, messages", () => {
  const actions = access.statements().flatMap((statement) => statement.actions);
  const reading = /^(dynamodb:(Get|Batch|Query|Scan|PartiQL)|logs:(Get|Filter|Start)|sqs:Receive|kms:Decrypt|kms:Gen)/;
  expect(actions.filter((action) => reading.test(action) && action !== "logs:GetLogDelivery")).toEqual([]);
  const objects = access.allowing("s3:GetObject").flatMap(({ resources }) => resources);
  for (const resource of objects) expect(resource).toContain(":::serverless-infrastructure-state/");
});

test("each policy is short enough for IAM, also with the longest names", () => {
  const longest = {
    account: "123456789012",
    region: "ap-northeast-3",
    environmentTag: "t".repeat(256),
    dataProtection: false,
    permissionsBoundary: `arn:aws-us-gov:iam::123456789012:policy/${"b".repeat(512)}`,
    state: { bucket: "s".repeat(63) },
  };
  const { config } = synthesizeGithubAccess(longest, "e".repeat(20));
  const documents = Object.entries<{ statement: DataAwsIamPolicyDocumentStatement[] }>(
    config.data.aws_iam_policy_document,
  ).filter(([name]) => !name.includes("-trust"));
  const lengths = documents.map(([, { statement }]) => {
    const Statement = statement.map((each) => ({ Effect: "Allow", Sid: each.sid, ...iamStatement(each) }));
    const text = JSON.stringify({ Version: "2012-10-17", Statement });
    return text.replace(/\$\{data\.aws_partition[^}]*\}/g, "aws-us-gov").length;
  });
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html: characters without white space, and
  // policies of one role
  expect(Math.max(...lengths)).toBeLessThan(6_144);
  expect(Math.min(...lengths)).toBeGreaterThan(1_000);
  expect(lengths.length).toBeLessThanOrEqual(10);
});

test("the plan's role writes nothing", () => {
  const documents = Object.entries<{ statement: { actions: string[] }[] }>(access.config.data.aws_iam_policy_document);
  const actions = documents
    .filter(([name]) => /^plan-\d-document/.test(name))
    .flatMap(([, { statement }]) => statement.flatMap((each) => each.actions));
  expect(actions.length).toBeGreaterThan(50);
  expect(actions.filter((action) => !/:(Get|List|Describe|GET$)/.test(action))).toEqual([]);
});

test("roles are passed to the services of the system only", () => {
  const [passing] = access.allowing("iam:PassRole");
  expect(passing.condition).toEqual([
    {
      test: "StringEquals",
      variable: "iam:PassedToService",
      values: ["firehose.amazonaws.com", "lambda.amazonaws.com", "logs.amazonaws.com"],
    },
  ]);
});

test("an environment without the setting has no such stack", () => {
  expect(() => synthesizeGithubAccess({ github: undefined })).toThrow("has no such stack");
});
