import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { explainFullDisk } from "@local/command-line/process/full-disk";
import { step } from "@local/command-line/progress";
import { PROJECT_FOLDER } from "@local/command-line/project";
import { renderAge } from "@local/command-line/text/age";
import type { Application } from "@local/terraform/application";
import { Deployment } from "@local/terraform/deployment";
import type { TerraformProviders } from "@local/terraform/run/providers";
import { parseState, type Terraform } from "@local/terraform/run/terraform";
import pc from "picocolors";
import { launchEmulator } from "../emulator/emulator";
import { LOCAL_ENV } from "../secrets/local-env";
import { SecretValues } from "../secrets/secret-values";
import { type ApplyOptions, applyStacks, type Deployed, INIT_STUCK_SECONDS, synthesizeStacks } from "./apply-stacks";
import { EmulatorReports } from "./emulator-reports";
import type { AppliedParts } from "./follow/applied-parts";
import { Recording } from "./recording";

/** A path that no bucket can have. */
const CONTROL = "/_emulator/recording";

export interface NewEmulatorProps {
  readonly application: Application;
  readonly folder: string;
  /** A Python with the packages of requirements-dev.txt. */
  readonly python: string;
  readonly providers: TerraformProviders;
  readonly terraform: string;
  /** Whether Terraform deploys even if there is a recording. */
  readonly isFresh: boolean;
  readonly listsResources: boolean;
  readonly recordings: string;
  /** Called before Terraform applies, but not before a recording is repeated. */
  readonly beforeApply?: (deployment: Deployment) => Promise<unknown>;
  /** Called while Terraform applies the system, but not while a recording is repeated: see `ApplyOptions`. */
  readonly onApplied?: (target: Pick<Deployed, "deployment" | "endpoint">, parts: AppliedParts) => void;
}

/**
 * Starts an emulator that ends with this process, and deploys both stacks to it. Repeats the requests of an earlier deployment
 * of the same stacks if they lead to the same state; otherwise Terraform deploys. Shows the chosen way.
 */
export async function deployToNewEmulator(props: NewEmulatorProps): Promise<Deployed> {
  const { application, folder, python, providers, isFresh, recordings } = props;
  const reports = new EmulatorReports();
  const { whyStuck } = reports;
  const { endpoint, started } = await launchEmulator(python, join(folder, "emulator.log"), reports);
  await step("AWS emulator", async (current) => current.setNote(endpoint));
  const deployment = new Deployment({ application, folder, endpoint, providers });
  await synthesizeStacks(deployment);
  const providerVersions = await step("terraform init", () => readProviderVersions(deployment), {
    whyStuck,
    stuckSeconds: INIT_STUCK_SECONDS,
  });
  const emulator = await started;
  const decisive = [props.terraform, providers.summary, providerVersions, emulator.version];
  const findRecording = () =>
    new Recording([...decisive, ...[deployment.stateBackend, deployment.system].map(readConfiguration)], recordings);
  const recording = findRecording();
  const time = isFresh ? undefined : recording.time;
  const target = { deployment, endpoint, secrets: new SecretValues(join(PROJECT_FOLDER, LOCAL_ENV)) };
  const stop = async () => {
    deployment.stop();
    await emulator.stop();
  };
  try {
    if (time === undefined) await applyAndRecord(target, { ...props, whyStuck }, recording);
    else await repeat(deployment, endpoint, recording, `${renderAge(Date.now() - time)} ago`);
    return { deployment, endpoint, record: recorderOf(target, findRecording), stop };
  } catch (error) {
    await stop();
    const { message } = error as Error;
    // A full disk says nothing against the recording.
    if (time === undefined || explainFullDisk(message)) throw error;
    console.error(pc.yellow(`What was recorded is discarded: ${message}`));
    recording.discard();
    const again = join(folder, "again");
    mkdirSync(again);
    return deployToNewEmulator({ ...props, folder: again, isFresh: true });
  }
}

/** The versions that Terraform has locked. If it downloads providers first, this takes as long. */
async function readProviderVersions(deployment: Deployment): Promise<string> {
  const stack = deployment.stateBackend;
  await stack.init();
  return readFileSync(join(stack.folder, ".terraform.lock.hcl"), "utf8");
}

/** Without the digest of the function's source. Other code is deployed later, as after a save. */
function readConfiguration({ configurationFile }: Terraform): string {
  const configuration = readFileSync(configurationFile, "utf8");
  return configuration.replace(/(assets\/\w+\/)[0-9a-f]{32}/g, "$1");
}

interface Recorded {
  readonly deployment: Deployment;
  readonly endpoint: string;
  readonly secrets: SecretValues;
}

async function applyAndRecord(
  target: Recorded,
  { listsResources, beforeApply, onApplied, whyStuck }: NewEmulatorProps & Pick<ApplyOptions, "whyStuck">,
  recording: Recording,
): Promise<void> {
  const { deployment, endpoint } = target;
  await beforeApply?.(deployment);
  await control(endpoint, "POST");
  await applyStacks(deployment, {
    listsResources,
    whyStuck,
    onApplied: (parts) => onApplied?.(target, parts),
  });
  if (await record(target, recording)) {
    console.error(pc.dim("  Recorded: the next start repeats this in seconds."));
  }
}

/** Records what was applied until now. The recordings of saves replace each other, so that those of other branches stay. */
function recorderOf(target: Recorded, findRecording: () => Recording): () => Promise<void> {
  const { deployment } = target;
  const stateBackend = readConfiguration(deployment.stateBackend);
  const first = findRecording();
  let last = first;
  return async () => {
    // A save of this stack is not applied.
    if (readConfiguration(deployment.stateBackend) !== stateBackend) return;
    const recording = findRecording();
    await record(target, recording);
    if (last.file !== first.file && last.file !== recording.file) last.discard();
    last = recording;
  };
}

async function record({ deployment, endpoint, secrets }: Recorded, recording: Recording): Promise<boolean> {
  try {
    const requests = (await (await control(endpoint, "GET")).json()) as unknown[];
    const localState = readFileSync(deployment.localStateFile, "utf8");
    const systemState = await deployment.systemStateText();
    secrets.refuseIn(parseState(systemState));
    recording.save({ requests, localState, systemState });
    return true;
  } catch (error) {
    const { message } = error as Error;
    console.error(pc.yellow(`The next start cannot repeat this: ${explainFullDisk(message) ?? message}`));
    return false;
  }
}

/** Throws an error if the emulator answers in another way, or its state bucket then holds another state. */
async function repeat(deployment: Deployment, endpoint: string, recording: Recording, age: string): Promise<void> {
  const { application } = deployment;
  await step(`${application.stateBackend} and ${application.system}, as recorded ${age}`, async (current) => {
    current.setNote("--fresh deploys anew");
    const recorded = recording.read();
    await control(endpoint, "PUT", JSON.stringify(recorded.requests));
    const [found, expected] = [await deployment.systemStateText(), recorded.systemState].map(identityOf);
    if (found !== expected) throw new Error(`the state is ${found}, not ${expected}`);
    writeFileSync(deployment.localStateFile, recorded.localState);
  });
}

async function control(endpoint: string, method: string, body?: string): Promise<Response> {
  const response = await fetch(endpoint + CONTROL, { method, body });
  if (response.ok) return response;
  const { message } = (await response.json().catch(() => ({ message: `status ${response.status}` }))) as Error;
  throw new Error(message);
}

/** Identifies the state: https://developer.hashicorp.com/terraform/language/state/backends */
function identityOf(state: string): string {
  const { serial, lineage } = JSON.parse(state);
  return `number ${serial} of ${lineage}`;
}
