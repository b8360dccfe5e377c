import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { partitionOf, RECENT_REGIONS, REGIONS } from "../../../stacks/regions";
import { synthesizeGithubAccess, synthesizeSystem } from "./system";

test("the Regions are those that AWS's SDK knows, without the isolated ones", () => {
  const paths = [dirname(require.resolve("@aws-sdk/client-sts"))];
  const source = readFileSync(require.resolve("@aws-sdk/core/client", { paths }), "utf8");
  const known = [...source.matchAll(/"([a-z]+(?:-[a-z]+)+-\d)": \{/g)].map(([, region]) => region);
  expect([...REGIONS].sort()).toEqual(known.filter((region) => !/-iso[a-z]?-/.test(region ?? "")).sort());
});

test.each([
  ["us-west-2", "aws", "console.aws.amazon.com", "logs.amazonaws.com"],
  ["cn-north-1", "aws-cn", "console.amazonaws.cn", "logs.amazonaws.com.cn"],
  ["us-gov-west-1", "aws-us-gov", "console.amazonaws-us-gov.com", "logs.amazonaws.com"],
  ["eusc-de-east-1", "aws-eusc", "console.amazonaws-eusc.eu", "logs.amazonaws.com"],
])("in %s, of %s, the console is at %s and CloudWatch Logs is %s", (region, partition, consoleDomain, logsService) => {
  expect(partitionOf(region).partition).toBe(partition);
  const system = synthesizeSystem({ region });
  expect(system.config.output.dashboard_url.value).toBe(
    `https://${region}.${consoleDomain}/cloudwatch/home?region=${region}#dashboards/dashboard/serverless-infrastructure`,
  );
  const trusted = system.allowing("sts:AssumeRole").flatMap(({ principals }) => principals[0].identifiers);
  expect(trusted.sort()).toEqual(["firehose.amazonaws.com", "lambda.amazonaws.com", logsService]);
  const [passing] = synthesizeGithubAccess({ region }).allowing("iam:PassRole");
  expect(passing.condition[0].values).toContain(logsService);
});

test("Terraform and the AWS provider take Regions that are newer than they are", () => {
  expect(REGIONS).toEqual(expect.arrayContaining(RECENT_REGIONS));
  for (const [region, expected] of [
    ["sa-west-1", true],
    ["us-west-2", undefined],
  ] as const) {
    const { provider, terraform } = synthesizeSystem({ region }).config;
    expect(provider.aws[0].skip_region_validation).toBe(expected);
    expect(terraform.backend.s3.skip_region_validation).toBe(expected);
  }
});
