import { join } from "node:path";
import { parseOptions } from "./cli/options";
import { writeGenerated } from "./cli/project";
import { runCommand } from "./cli/run-command";
import { makeRunFolder } from "./cli/run-folder";
import { readArchitecture } from "./diagram/architecture";
import { drawArchitecture, standalone } from "./diagram/draw";
import { Deployment } from "./terraform/deployment";

/** `npm run diagram`: draws the synthesized architecture of production, for README.md. */
async function main(args: string[]): Promise<number> {
  parseOptions(args, {});
  const deployment = new Deployment({
    folder: makeRunFolder(),
    environment: "production",
    // The diagram needs no deployment, and so no provider.
    providers: { summary: "", environment: {}, needsArchiveStandIn: false },
  });
  await deployment.synthesize();
  const configuration = deployment.stack("serverless-infrastructure").configuration();
  const drawing = standalone(await drawArchitecture(readArchitecture(configuration)));
  writeGenerated(join("docs", "architecture.svg"), drawing);
  return 0;
}

runCommand(main);
