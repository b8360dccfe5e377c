import { mkdtempSync } from "node:fs";
import type { Server } from "node:http";
import { join } from "node:path";
import { refsOf } from "@local/aws-on-this-machine/start/follow/follow-stacks";
import { LocalSystem } from "@local/aws-on-this-machine/system/local-system";
import type { Terraform } from "@local/terraform/run/terraform";
import { FunctionSource } from "../../../constructs/source/function-source";
import { sharedRun } from "../shared";

export interface SystemProps {
  readonly endpoint: string;
  readonly stack: Terraform;
  /** The variables that the functions get. */
  readonly environment: NodeJS.ProcessEnv;
  readonly apiServer: Server;
  /**
   * The folder of all functions' source.
   * @default - the functions run their deployed code, and no save changes it
   */
  readonly source?: string;
  readonly drawDiagram?: () => Promise<string>;
}

/** Runs a deployed stack on this machine. */
export async function startSystem({ stack, source, drawDiagram, ...rest }: SystemProps): Promise<LocalSystem> {
  const { python, folder } = sharedRun();
  const system = await LocalSystem.open({
    ...rest,
    region: "us-west-2",
    name: "serverless-infrastructure",
    python,
    // Two systems would give their processes the same names, and so the same temporary folders.
    folder: mkdtempSync(join(folder, "f-")),
    findSource: () => (source === undefined ? undefined : new FunctionSource(source)),
    drawDiagram: drawDiagram ?? (async () => ""),
  });
  await system.serve(refsOf((await stack.state())?.resources));
  return system;
}
