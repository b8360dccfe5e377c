import { join } from "node:path";
import { Terraform } from "@local/terraform/run/terraform";
import { allows, type IamRequest, type Statement } from "../../iam-policy";
import { synthesizeTo } from "../../synthesize-to";
import { type DeployedResource, deployedResources, planChanges } from "../inspect-terraform";
import { describeE2e, sharedRun } from "../shared";
import { iamRequestsIn } from "./provider-calls";
import { providerLog, SharedDeployment } from "./shared-deployment";

describeE2e("the roles for GitHub's workflows, deployed", () => {
  let deployment: SharedDeployment;
  let access: Terraform;
  let resources: DeployedResource[];
  let planMay: Statement[];
  let deployMay: Statement[];

  beforeAll(async () => {
    deployment = await SharedDeployment.ready();
    const folder = join(sharedRun().folder, "github-access");
    await synthesizeTo(folder, { github: { repository: "octo/requests" } });
    access = new Terraform(join(folder, "stacks", "github-access"), deployment.environment);
    await access.init();
    await access.apply();
    resources = await deployedResources(access);
    planMay = statements("plan");
    deployMay = [...planMay, ...statements("deploy")];
  });

  function asked(during: "plan" | "apply"): IamRequest[] {
    const requests = iamRequestsIn(
      providerLog(sharedRun(), during),
      "Production",
      "alias/serverless-infrastructure-alarms",
    );
    // No role for GitHub deploys the state bucket.
    return requests.filter(({ resource }) => !resource.endsWith(":serverless-infrastructure-state"));
  }

  /** The statements of all policies of a kind. */
  function statements(kind: string): Statement[] {
    const policies = resources.filter(
      ({ type, values }) => type === "aws_iam_policy" && values.name?.startsWith(`serverless-infrastructure-${kind}-`),
    );
    return policies.flatMap(({ values }) => JSON.parse(values.policy ?? "").Statement);
  }

  function only(type: string, name: string): DeployedResource["values"] {
    return resources.find((resource) => resource.type === type && resource.values.name === name)?.values ?? {};
  }

  test("plan no changes", async () => {
    expect(await planChanges(access)).toEqual([]);
  });

  test.each([
    ["serverless-infrastructure-plan", ["repo:octo/requests:pull_request", "repo:octo/requests:ref:refs/heads/main"]],
    ["serverless-infrastructure-deploy", "repo:octo/requests:environment:production"],
  ])("%s trusts GitHub's tokens of that repository and nothing else", (role, subjects) => {
    const { Statement } = JSON.parse(only("aws_iam_role", role).assume_role_policy ?? "");
    expect(Statement).toEqual([
      {
        Effect: "Allow",
        Action: "sts:AssumeRoleWithWebIdentity",
        Principal: { Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com" },
        Condition: {
          StringEquals: {
            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
            "token.actions.githubusercontent.com:sub": subjects,
          },
        },
      },
    ]);
  });

  test("the plan's role may make every call that a plan makes", () => {
    const requests = asked("plan");
    expect(new Set(requests.map(({ action }) => action)).size).toBeGreaterThan(50);
    expect(requests.filter((request) => !allows(planMay, request))).toEqual([]);
  });

  test("the deploy's role may make every call that the first apply made", () => {
    const requests = asked("apply");
    expect(requests.map(({ action }) => action)).toEqual(
      expect.arrayContaining(["dynamodb:CreateTable", "s3:PutBucketPolicy", "apigateway:POST", "iam:PassRole"]),
    );
    expect(requests.filter((request) => !allows(deployMay, request))).toEqual([]);
    // So the two roles differ, and the test above can fail.
    expect(requests.filter((request) => !allows(planMay, request)).length).toBeGreaterThan(60);
  });

  test("the deploy's role may write every resource of the system by its ARN", () => {
    const system = deployment.stacks["serverless-infrastructure"].resources;
    // IAM checks a scaling policy by its target, whose ARN is covered too.
    const resources = system.filter(({ type }) => type !== "aws_appautoscaling_policy");
    const arns = resources.flatMap(({ values }) => values.arn ?? []);
    expect(arns.length).toBeGreaterThan(20);
    const writable = deployMay.filter(({ Resource }) => Resource !== "*");
    const anyAction = writable.map(({ Resource }) => ({ Action: "any", Resource }));
    expect(arns.filter((resource) => !allows(anyAction, { action: "any", resource }))).toEqual([]);
  });
});
