import { join } from "node:path";
import { parseOptions } from "@local/command-line/options";
import { runCommand } from "@local/command-line/process/run-command";
import { writeGenerated } from "@local/command-line/project";
import { renderJsonSchema } from "../settings/json-schema";
import { renderSettingsPage } from "../settings/settings-page";

/** `npm run settings`: writes the settings' JSON schema and their documentation. */
async function main(args: string[]): Promise<number> {
  parseOptions(args, {});
  writeGenerated("settings/settings.schema.json", renderJsonSchema());
  writeGenerated(join("docs", "settings.md"), renderSettingsPage());
  return 0;
}

runCommand(main);
