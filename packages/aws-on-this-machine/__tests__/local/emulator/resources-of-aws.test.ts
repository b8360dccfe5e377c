import {
  AttachRolePolicyCommand,
  GetPolicyCommand,
  ListAttachedRolePoliciesCommand,
  ListPoliciesCommand,
} from "@aws-sdk/client-iam";
import {
  GetFunctionCommand,
  GetFunctionConfigurationCommand,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import { CreateBucketCommand } from "@aws-sdk/client-s3";
import { describeWithPython } from "../echo-api";
import { ACCOUNT, call, createFunction, REGION, useEmulator } from "./own-emulator";

const POLICY = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";
const LAYER = `arn:aws:lambda:${REGION}:017000801446:layer:AWSLambdaPowertoolsPythonV3-python313-x86_64`;

describeWithPython("the emulator has what AWS itself offers:", () => {
  const own = useEmulator();
  beforeAll(() => createFunction(own(), "orders", { Layers: [`${LAYER}:7`] }));

  test("its managed policies", async () => {
    const { iam } = own().aws;
    await iam.send(new AttachRolePolicyCommand({ RoleName: "orders", PolicyArn: POLICY }));
    const { AttachedPolicies } = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName: "orders" }));
    expect(AttachedPolicies).toEqual([{ PolicyArn: POLICY, PolicyName: "AWSLambdaBasicExecutionRole" }]);
    const PolicyArn = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess";
    expect((await iam.send(new GetPolicyCommand({ PolicyArn }))).Policy?.Arn).toBe(PolicyArn);
    const unknown = { RoleName: "orders", PolicyArn: "arn:aws:iam::aws:policy/None" };
    await expect(iam.send(new AttachRolePolicyCommand(unknown))).rejects.toMatchObject({
      name: "NoSuchEntityException",
    });
    const { Policies = [] } = await iam.send(new ListPoliciesCommand({ Scope: "AWS", MaxItems: 1000 }));
    expect(Policies).toHaveLength(1000);
    expect(new Set(Policies.map(({ Arn }) => Arn)).size).toBe(1000);
    expect((await iam.send(new ListPoliciesCommand({ Scope: "Local" }))).Policies).toEqual([]);
  });

  test("public layers", async () => {
    const FunctionName = "orders";
    const layers = async () =>
      (await own().aws.lambda.send(new GetFunctionConfigurationCommand({ FunctionName }))).Layers?.map(
        ({ Arn }) => Arn,
      );
    const change = (...Layers: string[]) =>
      own().aws.lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Layers }));
    expect(await layers()).toEqual([`${LAYER}:7`]);
    await change(`${LAYER}:8`);
    expect(await layers()).toEqual([`${LAYER}:8`]);
    const unknown = change(`arn:aws:lambda:${REGION}:${ACCOUNT}:layer:none:1`);
    await expect(unknown).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  });

  test("functions with a container image", async () => {
    const ImageUri = `${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com/images:latest`;
    const image = { PackageType: "Image", Code: { ImageUri }, Runtime: undefined, Handler: undefined };
    await createFunction(own(), "image", image);
    const { Code } = await own().aws.lambda.send(new GetFunctionCommand({ FunctionName: "image" }));
    expect(Code).toMatchObject({ RepositoryType: "ECR", ImageUri });
  });

  test("trails by their ARNs", async () => {
    await own().aws.s3.send(new CreateBucketCommand({ Bucket: "trails" }));
    const trails = (operation: string, body: object) =>
      call(own(), "cloudtrail", `CloudTrail_20131101.${operation}`, body);
    const { TrailARN: Name } = await trails("CreateTrail", { Name: "all", S3BucketName: "trails" });
    await trails("StartLogging", { Name });
    expect(await trails("GetTrailStatus", { Name })).toMatchObject({ IsLogging: true });
    await trails("DeleteTrail", { Name });
    expect(await trails("DescribeTrails", {})).toEqual({ trailList: [] });
    await expect(trails("StopLogging", { Name })).rejects.toThrow("TrailNotFoundException");
  });
});
