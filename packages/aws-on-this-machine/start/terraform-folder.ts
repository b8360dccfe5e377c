import { basename, join } from "node:path";
import { makeRunFolder } from "@local/command-line/process/run-folder";
import { beforeShutdown, shutDown } from "@local/command-line/process/shutdown";
import { type Step, step } from "@local/command-line/progress";
import { userEmulator } from "@local/terraform/environment";
import { TerraformFolder } from "@local/terraform/folder/terraform-folder";
import { letTerraformFinish, type State } from "@local/terraform/run/terraform";
import pc from "picocolors";
import { readDeployedArchitecture } from "../diagram/deployed-architecture";
import { drawArchitecture } from "../diagram/draw";
import { startEmulator } from "../emulator/emulator";
import { ArchivedSource } from "../function/code/archived-source";
import { EXPECTED, INIT_STUCK_SECONDS } from "./apply-stacks";
import { EmulatorReports, openUserEmulator } from "./emulator-reports";
import { refsOf } from "./follow/follow-stacks";
import { sendOnce } from "./once";
import { Serving } from "./serving";
import { announceEnd, findTools, openPorts, type StartOptions } from "./start";

/** Resources that wait for each other take longer than the default. A line names each one that is stuck by itself. */
const STUCK_SECONDS = 600;

export interface FolderOptions extends Omit<StartOptions, "application" | "openSource" | "isFresh"> {
  /** The folder of plain Terraform, absolute. */
  readonly terraformFolder: string;
  /** Options of Terraform such as `-var=a=b`. */
  readonly variables: readonly string[];
}

/** Like `start`, for a folder of plain Terraform, which stays untouched. */
export async function startFolder(options: FolderOptions): Promise<undefined> {
  const { terraformFolder, once } = options;
  const userEndpoint = userEmulator();
  const ports = await openPorts(options);
  const folder = makeRunFolder();
  announceEnd(userEndpoint !== undefined);

  const { opened, state, endpoint, python } = await deploy(options, folder, userEndpoint);
  const sources = opened.sourcesOf(state);
  const target = {
    endpoint,
    region: opened.adoptRegion(state),
    name: basename(terraformFolder),
    environment: opened.environment,
    stackFolder: opened.terraform.folder,
    home: terraformFolder,
    outputFolder: folder,
    stackSources: [],
    findSource: (address: string) => {
      const found = sources.get(address);
      return found && new ArchivedSource(found);
    },
    sources: () => [...sources.values()].map(({ folder: each, file = each }) => file),
    drawDiagram: () => drawArchitecture(readDeployedArchitecture(state.resources)),
  };
  const props = { ...options, ...ports, python, folder };
  const serving = await Serving.start(props, target, refsOf(state.resources));
  if (once) {
    process.exitCode = (await sendOnce(serving.system, once, false)) ? 0 : 1;
    return shutDown();
  }
  await serving.show(userEndpoint !== undefined, state.outputs);
  return undefined;
}

function warn(notice: string): void {
  console.error(pc.yellow(notice));
}

async function deploy({ terraformFolder, variables, isVerbose }: FolderOptions, folder: string, userEndpoint?: string) {
  const { providers, python } = await findTools(folder);
  const { endpoint, whyStuck } = await step("AWS emulator", async (current) => {
    const found = await openEmulator(folder, python, userEndpoint);
    current.setNote(found.endpoint);
    return found;
  });
  const opened = await TerraformFolder.open({
    original: terraformFolder,
    folder,
    endpoint,
    providers,
    variables,
    onNotice: warn,
  });
  beforeShutdown(async () => opened.stop());
  const unregister = userEndpoint ? letTerraformFinish() : () => {};
  await step("terraform init", () => opened.init(), { whyStuck, stuckSeconds: INIT_STUCK_SECONDS });
  const name = basename(terraformFolder);
  const apply = (current: Step) => {
    current.setNote("starts the AWS provider, and plans");
    return opened.apply((message) => {
      if (message.type === "change_summary") current.setNote("");
      current.follow(message);
    });
  };
  const expected = { resources: EXPECTED.resources };
  const options = { whyStuck, listsResources: isVerbose, expected, stuckSeconds: STUCK_SECONDS };
  const missing = await step(name, apply, options);
  for (const line of missing) warn(line);
  unregister();
  const state: State = await opened.state();
  return { opened, state, endpoint, python };
}

async function openEmulator(folder: string, python: string, userEndpoint: string | undefined) {
  if (userEndpoint) return openUserEmulator(userEndpoint);
  const { whyStuck, ...listeners } = new EmulatorReports();
  // It ends with this process, after the requests under way.
  const { endpoint } = await startEmulator(python, join(folder, "emulator.log"), listeners);
  return { endpoint, whyStuck };
}
