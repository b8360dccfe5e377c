import type { TerraformStack } from "cdktf";
import { type Environment, provideEnvironment } from "../constructs/environment";
import type { Settings } from "../settings/settings";
import { keepDeployedNames } from "./deployed-names";
import { physicalName } from "./names";
import { partitionOf } from "./regions";
import { artifactsBucketName } from "./state-backend-stack";
import { accountId, configureTerraform, keepStateInBucket, useArchiveProvider } from "./terraform-configuration";

/** Adds the providers and the backend to the system's stack, and gives its constructs the values that they share. */
export function prepareSystem(stack: TerraformStack, settings: Settings): Environment {
  configureTerraform(stack, settings);
  useArchiveProvider(stack);
  keepStateInBucket(stack, settings, settings.state.key);
  keepDeployedNames(stack);
  const environment = {
    physicalName: (base: string) => physicalName(base, settings.environment),
    partition: partitionOf(settings.region).partition,
    region: settings.region,
    accountId: accountId(stack, settings),
    protectFromDeletion: settings.dataProtection,
    artifactsBucket: artifactsBucketName(settings.state.bucket),
    function: settings.function,
    table: { capacity: settings.table.capacity, pointInTimeRecovery: settings.table.pointInTimeRecovery },
    restoredTables: settings.table.restored,
  };
  provideEnvironment(stack, environment);
  return environment;
}
