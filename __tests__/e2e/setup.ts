import { delimiter, dirname, join } from "node:path";
import { startEmulator } from "@local/aws-on-this-machine/emulator/emulator";
import { findPython } from "@local/aws-on-this-machine/emulator/python";
import { makeRunFolder } from "@local/command-line/process/run-folder";
import { during } from "@local/command-line/testing/during";
import { skipUnless } from "@local/command-line/testing/skip";
import { Deployment } from "@local/terraform/deployment";
import { findTerraform } from "@local/terraform/run/find-terraform";
import { findMirror, resolveTerraformProviders } from "@local/terraform/run/providers";
import { APPLICATION } from "../../commands/application/application";
import build from "../build";
import { RUN_VARIABLE, type SharedRun } from "./shared";

/** Production, synthesized and ready to be deployed; it lives in jest's own process. */
let production: Promise<Deployment | undefined> | undefined;

/** Starts the emulator that all end-to-end tests share. Where this machine lacks what it takes, they are skipped. */
export default async function setup(): Promise<void> {
  await prepareProduction();
}

/** Prepares once what two projects of jest's ask for; nothing where the tests are skipped. */
export async function prepareProduction(): Promise<Deployment | undefined> {
  production ??= prepare();
  return production;
}

/** Ends what was prepared. */
export async function endProduction(): Promise<void> {
  (await production?.catch(() => undefined))?.stop();
  production = undefined;
}

async function prepare(): Promise<Deployment | undefined> {
  const folder = makeRunFolder();
  const tools = await skipUnless("E2E_SKIP", () => findTools(folder));
  if (!tools) return undefined;

  await during("compiles", build);
  const emulatorLog = join(folder, "emulator.log");
  const { endpoint } = await during("starts the AWS emulator", () => startEmulator(tools.python, emulatorLog));
  const shared: SharedRun = { ...tools, application: APPLICATION, folder, endpoint, emulatorLog };
  process.env[RUN_VARIABLE] = JSON.stringify(shared);

  const deployment = new Deployment({ ...shared, environment: "production" });
  await during("synthesizes production", () => deployment.synthesize());
  // Where providers are downloaded, they are now: two runs of init must not fill the same cache at the same time.
  const init = ["init", "-backend=false", "-no-color"];
  await during("initializes Terraform", () => deployment.stack("serverless-infrastructure").run(init));
  return deployment;
}

async function findTools(folder: string): Promise<Pick<SharedRun, "providers" | "python">> {
  const terraform = await during("looks for Terraform", findTerraform);
  if (!terraform.isOnPath) {
    // The tests and what they start have it, too: Terraform by its name, and the CDKTF CLI.
    process.env.PATH = `${dirname(terraform.path)}${delimiter}${process.env.PATH}`;
    process.env.TERRAFORM_BINARY_NAME = terraform.path;
  }
  // A machine with a mirror needs no network, and tests should not ask for any.
  const mirror = process.env.TF_PROVIDER_MIRROR ?? findMirror();
  if (mirror) process.env.TF_PROVIDER_MIRROR = mirror;
  const providers = await during("looks for Terraform's providers", () => resolveTerraformProviders(folder));
  const python = await during("looks for Python and its packages", (note) => findPython(note));
  return { providers, python };
}
