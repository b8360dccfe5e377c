import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseOptions } from "./cli/options";
import { PROJECT_FOLDER } from "./cli/project";
import { runCommand } from "./cli/run-command";
import { makeRunFolder } from "./cli/run-folder";
import { readArchitecture } from "./diagram/architecture";
import { drawArchitecture, standalone } from "./diagram/draw";
import { Deployment } from "./terraform/deployment";

const FILE = join("docs", "architecture.svg");

/** `npm run diagram`: draws what production is synthesized to, for README.md. */
async function main(args: string[]): Promise<number> {
  parseOptions(args, {});
  const deployment = new Deployment({
    folder: makeRunFolder(),
    environment: "production",
    // Nothing is deployed.
    providers: { summary: "", environment: {}, needsArchiveStandIn: false },
  });
  await deployment.synthesize();
  const configuration = deployment.stack("serverless-infrastructure").configuration();
  const drawing = standalone(await drawArchitecture(readArchitecture(configuration)));
  const file = join(PROJECT_FOLDER, FILE);
  if (existsSync(file) && readFileSync(file, "utf8") === drawing) {
    console.log(`${FILE} is up to date`);
    return 0;
  }
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, drawing);
  console.log(`${FILE} is drawn anew`);
  return 0;
}

runCommand(main);
