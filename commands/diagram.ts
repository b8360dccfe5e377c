import { join } from "node:path";
import { readArchitecture } from "@local/aws-on-this-machine/diagram/architecture";
import { drawArchitecture, standalone } from "@local/aws-on-this-machine/diagram/draw";
import { parseOptions } from "@local/command-line/options";
import { runCommand } from "@local/command-line/process/run-command";
import { makeRunFolder } from "@local/command-line/process/run-folder";
import { writeGenerated } from "@local/command-line/project";
import { Deployment } from "@local/terraform/deployment";
import { APPLICATION } from "./application/application";

/** `npm run diagram`: draws the synthesized architecture of production, for README.md. */
async function main(args: string[]): Promise<number> {
  parseOptions(args, {});
  const deployment = new Deployment({
    application: APPLICATION,
    folder: makeRunFolder(),
    environment: "production",
    // The diagram needs no deployment, and so no provider.
    providers: { summary: "", environment: {}, needsArchiveStandIn: false },
  });
  await deployment.synthesize();
  const configuration = deployment.system.configuration();
  const drawing = standalone(await drawArchitecture(readArchitecture(configuration)));
  writeGenerated(join("docs", "architecture.svg"), drawing);
  return 0;
}

runCommand(main);
