import { delimiter, dirname, join } from "node:path";
import { startEmulator } from "@local/aws-on-this-machine/emulator/emulator";
import { findPython } from "@local/aws-on-this-machine/emulator/python";
import { isOffline } from "@local/command-line/options";
import { makeRunFolder } from "@local/command-line/process/run-folder";
import { during } from "@local/command-line/testing/during";
import { skipUnless } from "@local/command-line/testing/skip";
import { Deployment } from "@local/terraform/deployment";
import { RELEASE } from "@local/terraform/run/fetch-terraform";
import { searchTerraform, TERRAFORM_CACHE } from "@local/terraform/run/find-terraform";
import { findAwsProvider } from "@local/terraform/run/kept-provider";
import { findMirror, resolveTerraformProviders } from "@local/terraform/run/providers";
import { APPLICATION } from "../../commands/application/application";
import build from "../build";
import { writeStandIn, writeTerraform } from "./aws-provider";
import { RUN_VARIABLE, type SharedRun } from "./shared";

let prepared: Promise<SharedRun | undefined> | undefined;

/** The actions that end the emulators at the end of the run, in jest's own process. */
export const stops: (() => Promise<unknown>)[] = [];

/** Starts the emulator that all end-to-end tests share. Where this machine lacks what it takes, they are skipped. */
export default async function setup(): Promise<void> {
  await prepareOnce();
}

/** Prepares what two projects of jest's ask for; undefined where the tests are skipped. */
export async function prepareOnce(): Promise<SharedRun | undefined> {
  prepared ??= prepare();
  return prepared;
}

async function prepare(): Promise<SharedRun | undefined> {
  const folder = makeRunFolder();
  const tools = await skipUnless("E2E_SKIP", () => findTools(folder));
  if (!tools) return undefined;

  await during("compiles", build);
  const emulatorLog = join(folder, "emulator.log");
  const { endpoint, stop } = await during("starts the AWS emulator", () => startEmulator(tools.python, emulatorLog));
  stops.push(stop);
  const application = APPLICATION;
  const deployment = new Deployment({ ...tools, application, endpoint, folder, environment: "production" });
  await during("synthesizes production", () => deployment.synthesize());
  // Where providers are downloaded, they are now: two runs of init must not fill the same cache at the same time.
  const init = ["init", "-backend=false", "-no-color"];
  const stack = deployment.stack("serverless-infrastructure");
  await during("initializes Terraform", () => stack.run(init));
  deployment.stop();
  const awsProvider = findAwsProvider(stack.folder) ?? "";
  // Without the stand-in for the other provider, Terraform installs that one, too.
  if (tools.providers.needsArchiveStandIn) writeStandIn(folder, awsProvider);
  const shared: SharedRun = { ...tools, application, folder, endpoint, emulatorLog, awsProvider };
  process.env[RUN_VARIABLE] = JSON.stringify(shared);
  return shared;
}

async function findTools(folder: string): Promise<Pick<SharedRun, "providers" | "python">> {
  const search = { environment: process.env, cache: TERRAFORM_CACHE, release: RELEASE, isOffline: isOffline() };
  const { path, version, source } = await during("looks for Terraform", (note) => searchTerraform(search, note));
  console.error(`Set-up: uses Terraform ${version}, ${source}`);
  // The tests and what they start have it, too: Terraform by its name, and the CDKTF CLI.
  const terraform = writeTerraform(folder, path);
  process.env.PATH = `${dirname(terraform)}${delimiter}${process.env.PATH}`;
  process.env.TERRAFORM = terraform;
  process.env.TERRAFORM_BINARY_NAME = terraform;
  // A machine with a mirror needs no network, and tests should not ask for any.
  const mirror = process.env.TF_PROVIDER_MIRROR ?? findMirror();
  if (mirror) process.env.TF_PROVIDER_MIRROR = mirror;
  const providers = await during("looks for Terraform's providers", () => resolveTerraformProviders(folder));
  const python = await during("looks for Python and its packages", (note) => findPython(note));
  return { providers, python };
}
