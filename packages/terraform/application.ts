/** The facts about an application of CDK for Terraform that this package needs. */
export interface Application {
  /** The stack of the system. Its state is in S3. */
  readonly system: string;
  /** The stack of the bucket for that state. Its own state is in a file. */
  readonly stateBackend: string;
  /** Further stacks. People deploy each of them by itself. */
  readonly others: readonly string[];
  /** The files and folders from which the stacks are synthesized, relative to the project. */
  readonly sources: readonly string[];
  /** The environment if `ENVIRONMENT` is not set. */
  readonly defaultEnvironment: string;
  /** A stack's id in an environment: its name for the CDKTF CLI, and the name of its folder. */
  stackId(stack: string, environment: string): string;
  /** The name of a resource in Terraform, by the ids of the constructs from the stack down to the resource. */
  resourceName(path: readonly string[]): string;
}
