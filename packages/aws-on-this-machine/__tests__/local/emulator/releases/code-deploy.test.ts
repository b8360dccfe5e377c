import { setTimeout } from "node:timers/promises";
import { PutMetricAlarmCommand, SetAlarmStateCommand } from "@aws-sdk/client-cloudwatch";
import {
  AddPermissionCommand,
  CreateAliasCommand,
  DeleteFunctionCommand,
  DeleteProvisionedConcurrencyConfigCommand,
  GetAliasCommand,
  GetFunctionEventInvokeConfigCommand,
  GetPolicyCommand,
  GetProvisionedConcurrencyConfigCommand,
  ListProvisionedConcurrencyConfigsCommand,
  PublishVersionCommand,
  PutFunctionEventInvokeConfigCommand,
  PutProvisionedConcurrencyConfigCommand,
  UpdateAliasCommand,
} from "@aws-sdk/client-lambda";
import { describeWithPython } from "../../echo-api";
import { call, createFunction, publishVersion, useEmulator } from "../own-emulator";

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await condition()); tries += 1) {
    if (tries > 1000) throw new Error(`This did not come true: ${condition}`);
    await setTimeout(20);
  }
}

const NAME = "orders";
const GROUP = { applicationName: "releases", deploymentGroupName: "live" };

// Read by the emulator at its start.
process.env.EMULATOR_MINUTE_SECONDS = "1";

describeWithPython("a gradual release on the emulator", () => {
  const own = useEmulator();
  const codeDeploy = (operation: string, body: object) =>
    call(own(), "codedeploy", `CodeDeploy_20141006.${operation}`, body) as Promise<Record<string, unknown>>;
  const alias = async () => {
    const { FunctionVersion, RoutingConfig } = await own().aws.lambda.send(
      new GetAliasCommand({ FunctionName: NAME, Name: "live" }),
    );
    return { version: FunctionVersion, weights: RoutingConfig?.AdditionalVersionWeights };
  };
  const alarm = (StateValue: "ALARM" | "OK") =>
    own().aws.cloudwatch.send(new SetAlarmStateCommand({ AlarmName: "errors", StateValue, StateReason: "test" }));
  const info = async (deploymentId: unknown) =>
    (await codeDeploy("GetDeployment", { deploymentId })).deploymentInfo as Record<string, never>;

  async function release(CurrentVersion: string, TargetVersion: string): Promise<unknown> {
    const Properties = { Name: NAME, Alias: "live", CurrentVersion, TargetVersion };
    const Resources = [{ [NAME]: { Type: "AWS::Lambda::Function", Properties } }];
    const content = JSON.stringify({ version: 0.0, Resources });
    const revision = { revisionType: "AppSpecContent", appSpecContent: { content } };
    return (await codeDeploy("CreateDeployment", { ...GROUP, revision })).deploymentId;
  }
  const ends = async (id: unknown, status: string) => {
    await until(async () => (await info(id)).status === status);
  };

  beforeAll(async () => {
    const serviceRoleArn = "arn:aws:iam::123456789012:role/releases";
    await createFunction(own(), NAME, { Publish: true });
    await publishVersion(own(), NAME);
    await own().aws.lambda.send(new CreateAliasCommand({ FunctionName: NAME, Name: "live", FunctionVersion: "1" }));
    const rule = { ComparisonOperator: "GreaterThanThreshold", EvaluationPeriods: 1, Threshold: 0 } as const;
    const metric = { MetricName: "Errors", Namespace: "AWS/Lambda", Period: 60, Statistic: "Sum" } as const;
    await own().aws.cloudwatch.send(new PutMetricAlarmCommand({ AlarmName: "errors", ...rule, ...metric }));
    await codeDeploy("CreateApplication", { applicationName: "releases", computePlatform: "Lambda" });
    await codeDeploy("CreateDeploymentConfig", {
      ...{ deploymentConfigName: "canary", computePlatform: "Lambda" },
      trafficRoutingConfig: { type: "TimeBasedCanary", timeBasedCanary: { canaryPercentage: 10, canaryInterval: 2 } },
    });
    await codeDeploy("CreateDeploymentGroup", {
      ...{ ...GROUP, serviceRoleArn, deploymentConfigName: "canary" },
      alarmConfiguration: { enabled: true, alarms: [{ name: "errors" }] },
      autoRollbackConfiguration: { enabled: true, events: ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM"] },
    });
  });
  afterAll(() => {
    delete process.env.EMULATOR_MINUTE_SECONDS;
  });

  test("shifts a part, is alone, and is undone by an alarm", async () => {
    const id = await release("1", "2");
    await until(async () => (await alias()).weights !== undefined);
    expect(await alias()).toEqual({ version: "1", weights: { "2": 0.1 } });
    await expect(release("1", "2")).rejects.toThrow(`already has an active Deployment '${id}'`);
    const inUse = own().aws.lambda.send(new DeleteFunctionCommand({ FunctionName: NAME, Qualifier: "2" }));
    await expect(inUse).rejects.toMatchObject({ name: "ResourceConflictException" });
    await alarm("ALARM");
    await ends(id, "Stopped");
    const { errorInformation, rollbackInfo } = await info(id);
    expect(errorInformation).toMatchObject({ code: "ALARM_ACTIVE", message: expect.stringContaining("<errors>") });
    const { rollbackDeploymentId } = rollbackInfo as unknown as Record<string, string>;
    await ends(rollbackDeploymentId, "Succeeded");
    expect(await info(rollbackDeploymentId)).toMatchObject({ creator: "codeDeployRollback" });
    expect(await alias()).toEqual({ version: "1", weights: undefined });
    const stillFiring = await release("1", "2");
    await ends(stillFiring, "Stopped");
    const { rollbackDeploymentId: again } = (await info(stillFiring)).rollbackInfo as unknown as Record<string, string>;
    await ends(again, "Succeeded");
    expect(await alias()).toEqual({ version: "1", weights: undefined });
    await alarm("OK");
  });

  test("can be stopped, and fails for another version than the alias serves", async () => {
    const id = await release("1", "2");
    await until(async () => (await alias()).weights !== undefined);
    await codeDeploy("StopDeployment", { deploymentId: id, autoRollbackEnabled: true });
    await until(async () => (await alias()).weights === undefined);
    expect(await info(id)).toMatchObject({ status: "Stopped", errorInformation: { code: "MANUAL_STOP" } });
    const wrong = await release("2", "1");
    await ends(wrong, "Failed");
    expect(await info(wrong)).toMatchObject({ errorInformation: { code: "INVALID_LAMBDA_CONFIGURATION" } });
    const unknown = await release("1", "9");
    await ends(unknown, "Failed");
    expect(await info(unknown)).toMatchObject({ errorInformation: { code: "INVALID_LAMBDA_FUNCTION" } });
  });

  test("fails while the alias has two versions, and succeeds once it has one", async () => {
    const route = (AdditionalVersionWeights: Record<string, number>) =>
      own().aws.lambda.send(
        new UpdateAliasCommand({
          ...{ FunctionName: NAME, Name: "live", FunctionVersion: "1" },
          RoutingConfig: { AdditionalVersionWeights },
        }),
      );
    await route({ "2": 0.1 });
    const id = await release("1", "2");
    await ends(id, "Failed");
    const message = `The alias live of ${NAME} serves version 1 and 2, not 1.`;
    expect(await info(id)).toMatchObject({ errorInformation: { code: "INVALID_LAMBDA_CONFIGURATION", message } });
    expect(await alias()).toEqual({ version: "1", weights: { "2": 0.1 } });
    await route({});
    expect(await alias()).toEqual({ version: "1", weights: undefined });
  });

  test("ends with all of the traffic", async () => {
    const id = await release("1", "2");
    await ends(id, "Succeeded");
    expect(await alias()).toEqual({ version: "2", weights: undefined });
    const { deploymentTarget } = await codeDeploy("GetDeploymentTarget", { deploymentId: id, targetId: NAME });
    const lambdaFunctionInfo = { currentVersion: "1", targetVersion: "2", targetVersionWeight: 1 };
    expect(deploymentTarget).toMatchObject({ lambdaTarget: { lambdaFunctionInfo } });
  });

  test("unchanged code is no new version, and an alias has settings of its own", async () => {
    const { lambda } = own().aws;
    const again = await lambda.send(new PublishVersionCommand({ FunctionName: NAME }));
    expect(again.Version).toBe("2");
    const statement = { StatementId: "s", Action: "lambda:InvokeFunction", Principal: "events.amazonaws.com" };
    const FunctionName = NAME;
    await lambda.send(new AddPermissionCommand({ FunctionName, ...statement, Qualifier: "live" }));
    await expect(lambda.send(new GetPolicyCommand({ FunctionName }))).rejects.toThrow();
    const { Policy } = await lambda.send(new GetPolicyCommand({ FunctionName, Qualifier: "live" }));
    expect(Policy).toContain(`function:${NAME}:live`);
    const put = (MaximumRetryAttempts: number, Qualifier?: string) =>
      lambda.send(new PutFunctionEventInvokeConfigCommand({ FunctionName, MaximumRetryAttempts, Qualifier }));
    await put(0);
    await put(1, "live");
    await put(2);
    const get = async (Qualifier?: string) =>
      (await lambda.send(new GetFunctionEventInvokeConfigCommand({ FunctionName, Qualifier }))).MaximumRetryAttempts;
    expect([await get(), await get("live")]).toEqual([2, 1]);
  });

  test("provisions concurrency of an alias", async () => {
    const { lambda } = own().aws;
    const config = { FunctionName: NAME, Qualifier: "live" };
    const get = () => lambda.send(new GetProvisionedConcurrencyConfigCommand(config));
    const list = async () =>
      (await lambda.send(new ListProvisionedConcurrencyConfigsCommand({ FunctionName: NAME })))
        .ProvisionedConcurrencyConfigs;
    const missing = { name: "ProvisionedConcurrencyConfigNotFoundException" };
    await expect(get()).rejects.toMatchObject(missing);
    await lambda.send(new PutProvisionedConcurrencyConfigCommand({ ...config, ProvisionedConcurrentExecutions: 3 }));
    const ready = { Status: "READY", AvailableProvisionedConcurrentExecutions: 3 };
    expect(await get()).toMatchObject(ready);
    expect(await list()).toEqual([
      expect.objectContaining({ ...ready, FunctionArn: expect.stringMatching(/:orders:live$/) }),
    ]);
    await lambda.send(new DeleteProvisionedConcurrencyConfigCommand(config));
    await expect(get()).rejects.toMatchObject(missing);
    expect(await list()).toEqual([]);
  });
});
