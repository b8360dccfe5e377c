import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { GetObjectCommand } from "@aws-sdk/client-s3";
import pc from "picocolors";
import { STACKS, type StackName } from "../../stacks/names";
import { step } from "../cli/progress";
import { launchEmulator } from "../emulator/emulator";
import { Deployment } from "../terraform/deployment";
import type { TerraformProviders } from "../terraform/providers";
import { type ApplyOptions, applyStacks, type Deployed, synthesizeStacks } from "./apply-stacks";
import { EmulatorReports } from "./emulator-reports";
import { Recording } from "./recording";

/** `terraform init` may download providers, the largest of 700 MB. */
const INIT_STUCK_SECONDS = 300;

/** A path that no bucket can have. */
const CONTROL = "/_emulator/recording";

export interface NewEmulatorProps {
  /** A folder for temporary files. */
  readonly folder: string;
  /** A Python with the packages of requirements-dev.txt. */
  readonly python: string;
  readonly providers: TerraformProviders;
  /** Terraform's version. */
  readonly terraform: string;
  /** Whether to deploy in any case. */
  readonly isFresh: boolean;
  /** Whether each applied resource has a line. */
  readonly listsResources: boolean;
  /** The folder for recordings. */
  readonly recordings: string;
}

/**
 * Starts an emulator that ends with this process, and deploys both stacks to it: by the requests of an earlier deployment
 * of the same stacks, if they lead to the same state, otherwise by Terraform. Shows which of the two.
 */
export async function deployToNewEmulator(props: NewEmulatorProps): Promise<Deployed> {
  const { folder, python, providers, isFresh, recordings } = props;
  const reports = new EmulatorReports();
  const { whyStuck } = reports;
  const { endpoint, started } = await launchEmulator(python, join(folder, "emulator.log"), reports);
  await step("AWS emulator", async (current) => current.setNote(endpoint));
  const deployment = new Deployment({ folder, endpoint, providers });
  await synthesizeStacks(deployment);
  const providerVersions = await step("terraform init", () => readProviderVersions(deployment), {
    whyStuck,
    stuckSeconds: INIT_STUCK_SECONDS,
  });
  const emulator = await started;
  const decisive = [props.terraform, providers.summary, providerVersions, emulator.version];
  const recording = new Recording(
    [...decisive, ...STACKS.map((name) => readConfiguration(deployment, name))],
    recordings,
  );
  const time = isFresh ? undefined : recording.time;
  const stop = async () => {
    deployment.stop();
    await emulator.stop();
  };
  try {
    const options = { listsResources: props.listsResources, whyStuck };
    if (time === undefined) await applyAndRecord(deployment, options, endpoint, recording);
    else await repeat(deployment, endpoint, recording, describeAge(time));
    return { deployment, endpoint, stop };
  } catch (error) {
    await stop();
    if (time === undefined) throw error;
    console.error(pc.yellow(`What was recorded is discarded: ${(error as Error).message}`));
    recording.discard();
    const again = join(folder, "again");
    mkdirSync(again);
    return deployToNewEmulator({ ...props, folder: again, isFresh: true });
  }
}

/** What Terraform has locked. Where it downloads providers, this takes as long as that. */
async function readProviderVersions(deployment: Deployment): Promise<string> {
  const stack = deployment.stack("state-backend");
  await stack.init();
  return readFileSync(join(stack.folder, ".terraform.lock.hcl"), "utf8");
}

/** Without the digest of the function's source. What differs from that is deployed as if it had just been saved. */
function readConfiguration(deployment: Deployment, name: StackName): string {
  const configuration = readFileSync(deployment.stack(name).configurationFile, "utf8");
  return configuration.replace(/(assets\/\w+\/)[0-9a-f]{32}/g, "$1");
}

async function applyAndRecord(
  deployment: Deployment,
  options: ApplyOptions,
  endpoint: string,
  recording: Recording,
): Promise<void> {
  await control(endpoint, "POST");
  await applyStacks(deployment, options);
  const requests = (await (await control(endpoint, "GET")).json()) as unknown[];
  const localState = readFileSync(deployment.localStateFile, "utf8");
  try {
    recording.save({ requests, localState, systemState: await readSystemState(deployment) });
    console.error(pc.dim("  Recorded: the next start repeats this in seconds."));
  } catch (error) {
    console.error(pc.yellow(`The next start cannot repeat this: ${(error as Error).message}`));
  }
}

/** Throws an error if the emulator answers in another way than it did, or its state bucket then holds another state. */
async function repeat(deployment: Deployment, endpoint: string, recording: Recording, age: string): Promise<void> {
  await step(`${STACKS.join(" and ")}, as recorded ${age}`, async (current) => {
    current.setNote("--fresh deploys anew");
    const recorded = recording.read();
    await control(endpoint, "PUT", JSON.stringify(recorded.requests));
    const [found, expected] = [await readSystemState(deployment), recorded.systemState].map(identityOf);
    if (found !== expected) throw new Error(`the state is ${found}, not ${expected}`);
    writeFileSync(deployment.localStateFile, recorded.localState);
    await deployment.stack("serverless-infrastructure").init();
  });
}

async function control(endpoint: string, method: string, body?: string): Promise<Response> {
  const response = await fetch(endpoint + CONTROL, { method, body });
  if (response.ok) return response;
  const { message } = (await response.json().catch(() => ({ message: `status ${response.status}` }))) as Error;
  throw new Error(message);
}

async function readSystemState(deployment: Deployment): Promise<string> {
  const { s3 } = await deployment.connect();
  const { bucket, key } = deployment.backend();
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  return (await Body?.transformToString()) ?? "";
}

/** Which state it is: https://developer.hashicorp.com/terraform/language/state/backends */
function identityOf(state: string): string {
  const { serial, lineage } = JSON.parse(state);
  return `number ${serial} of ${lineage}`;
}

function describeAge(time: number): string {
  const minutes = Math.round((Date.now() - time) / 60_000);
  if (minutes < 1) return "less than a minute ago";
  if (minutes < 120) return `${minutes} min ago`;
  return minutes < 48 * 60 ? `${Math.round(minutes / 60)} hours ago` : `${Math.round(minutes / 1440)} days ago`;
}
