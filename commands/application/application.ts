import type { Application } from "@local/terraform/application";
import type { Deployment } from "@local/terraform/deployment";
import { DEFAULT_ENVIRONMENT, type StackName, stackId, stateBucketName } from "../../stacks/names";

/** The application, for the commands of packages/. */
export const APPLICATION: Application = {
  system: "serverless-infrastructure",
  stateBackend: "state-backend",
  others: ["github-access"],
  sources: ["main.ts", "cdktf.json", "settings", "stacks", "constructs"],
  defaultEnvironment: DEFAULT_ENVIRONMENT,
  stackId: (stack, environment) => stackId(stack as StackName, environment),
  resourceName(path) {
    // CDKTF loads slowly, and few plans need it.
    const { resourceName }: typeof import("../../stacks/moved-from") = require("../../stacks/moved-from");
    return resourceName(path);
  },
};

/** The default name of an environment's state bucket, by account and Region. */
export function stateBucketNameFor({ environmentName }: Deployment) {
  return (account: string | undefined, region: string) => stateBucketName(environmentName, account, region);
}
