import { makeRunFolder } from "@local/command-line/process/run-folder";
import { UserError } from "@local/command-line/user-error";
import type { Application } from "./application";
import { Deployment } from "./deployment";
import { requireEmulator, userEmulator } from "./environment";
import { findTerraform } from "./run/find-terraform";
import { resolveTerraformProviders, type TerraformProviders } from "./run/providers";
import { letTerraformFinish, type Terraform } from "./run/terraform";

export interface Target {
  readonly deployment: Deployment;
  readonly folder: string;
  /** Whether it is the emulator at `AWS_ENDPOINT_URL`. */
  readonly isEmulator: boolean;
  /** Such as `on AWS`. */
  readonly description: string;
}

/**
 * Opens an application's deployment to the emulator at `AWS_ENDPOINT_URL`, else to AWS. Throws a UserError if Terraform, its providers
 * or the emulator are missing.
 *
 * @param outputFolder the folder for the synthesized application; by default a temporary one
 */
export async function openTarget(application: Application, outputFolder?: string): Promise<Target> {
  const endpoint = await findEndpoint();
  await findTerraform();
  const folder = makeRunFolder();
  letTerraformFinish();
  return target({ application, folder, endpoint, providers: await resolveTerraformProviders(folder), outputFolder });
}

/** Like `openTarget`, for commands that do not run Terraform. */
export async function openWithoutTerraform(application: Application): Promise<Target> {
  return target({ application, folder: makeRunFolder(), endpoint: await findEndpoint() });
}

async function findEndpoint(): Promise<string | undefined> {
  const endpoint = userEmulator();
  if (endpoint) await requireEmulator(endpoint);
  return endpoint;
}

function target(props: {
  application: Application;
  folder: string;
  endpoint: string | undefined;
  providers?: TerraformProviders;
  outputFolder?: string | undefined;
}): Target {
  const { folder, endpoint } = props;
  const description = endpoint ? `on the emulator at ${endpoint}` : "on AWS";
  return { deployment: new Deployment(props), folder, isEmulator: endpoint !== undefined, description };
}

/** The AWS account that is logged in. */
export interface Account {
  readonly id: string;
  /** The target and the account, such as `on AWS, account 123456789012`. */
  readonly description: string;
}

/**
 * Finds the AWS account that is logged in. Throws the SDK's error if there is none, and a UserError if a stack's
 * settings name another one. An emulator's account may stand for any.
 */
export async function checkAccount(target: Target, stack: Terraform): Promise<Account> {
  const { account: meant, region } = stack;
  const { sts } = await target.deployment.connect(region);
  const { GetCallerIdentityCommand } = await import("@aws-sdk/client-sts");
  const { Account: id = "" } = await sts.send(new GetCallerIdentityCommand({}));
  const description = `${target.description}, account ${id}`;
  if (!meant) return { id, description };
  if (meant === id) return { id, description: `${description} as set` };
  if (target.isEmulator) return { id, description: `${description} in place of ${meant}` };
  throw new UserError(
    `Account ${meant} is meant, but ${id} is logged in. Nothing was changed. Log in to ${meant}, or correct the environment's account in cdktf.json.`,
  );
}
