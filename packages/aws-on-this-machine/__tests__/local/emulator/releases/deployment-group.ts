import { call } from "../own-emulator";

/** The deployment group `live` of a function, with CodeDeploy's routing of the traffic and the alarms that stop a release. */
export interface DeploymentGroup {
  readonly functionName: string;
  readonly routing: object;
  readonly alarms?: readonly string[];
}

/** Creates what Terraform creates for the gradual releases of a function. */
export async function makeDeploymentGroup(
  emulator: { readonly endpoint: string },
  { functionName, routing, alarms = [] }: DeploymentGroup,
): Promise<void> {
  const codeDeploy = (operation: string, body: object) =>
    call({ emulator }, "codedeploy", `CodeDeploy_20141006.${operation}`, body);
  const deploymentConfigName = `${functionName}-config`;
  const computePlatform = "Lambda";
  await codeDeploy("CreateApplication", { applicationName: functionName, computePlatform });
  await codeDeploy("CreateDeploymentConfig", { deploymentConfigName, computePlatform, trafficRoutingConfig: routing });
  await codeDeploy("CreateDeploymentGroup", {
    ...{ applicationName: functionName, deploymentGroupName: "live", deploymentConfigName },
    serviceRoleArn: "arn:aws:iam::123456789012:role/releases",
    deploymentStyle: { deploymentType: "BLUE_GREEN", deploymentOption: "WITH_TRAFFIC_CONTROL" },
    alarmConfiguration: { enabled: true, alarms: alarms.map((name) => ({ name })) },
    autoRollbackConfiguration: { enabled: true, events: ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM"] },
  });
}

/** Moves `percent` at once and the rest after `minutes`. */
export function canary(percent: number, minutes: number): object {
  return {
    type: "TimeBasedCanary",
    timeBasedCanary: { canaryPercentage: percent, canaryInterval: minutes },
  };
}

/** Moves `percent` every `minutes`. */
export function linear(percent: number, minutes: number): object {
  return {
    type: "TimeBasedLinear",
    timeBasedLinear: { linearPercentage: percent, linearInterval: minutes },
  };
}
