import { DynamodbTable } from "@cdktf/provider-aws/lib/dynamodb-table";
import { Aspects, type TerraformStack } from "cdktf";
import { type Environment, provideEnvironment } from "../constructs/environment";
import { type Settings, SettingsError } from "../settings/settings";
import { keepDeployedNames } from "./deployed-names";
import { physicalName } from "./names";
import { partitionOf } from "./regions";
import { artifactsBucketName } from "./state-backend-stack";
import { accountId, configureTerraform, keepStateInBucket, useArchiveProvider } from "./terraform-configuration";

/** Adds the providers and the backend to the system's stack, and gives its constructs the values that they share. */
export function prepareSystem(stack: TerraformStack, settings: Settings): Environment {
  // Before the check of names, which then finds the deployed ones.
  keepDeployedNames(stack);
  configureTerraform(stack, settings);
  useArchiveProvider(stack);
  keepStateInBucket(stack, settings, settings.state.key);
  checkRestored(stack, settings);
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

/** Makes the synthesis fail where the settings restore a table that the application does not have. */
function checkRestored(stack: TerraformStack, { environment, table }: Settings): void {
  const visit = (node: unknown) => {
    if (node !== stack) return;
    const names = stack.node.findAll().flatMap((each) => (each instanceof DynamodbTable ? (each.nameInput ?? []) : []));
    const mistakes = Object.entries(table.restored)
      .filter(([, restored]) => !names.includes(restored.at(-1) ?? ""))
      .map(
        ([name]) =>
          `environments.${environment}.table.restored: ${JSON.stringify(name)} is no table of the application; use one of ${names.join(", ")}`,
      );
    if (mistakes.length > 0) throw new SettingsError(mistakes);
  };
  Aspects.of(stack).add({ visit });
}
