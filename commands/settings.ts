import { join } from "node:path";
import { parseOptions } from "./cli/options";
import { writeGenerated } from "./cli/project";
import { runCommand } from "./cli/run-command";
import { renderJsonSchema } from "./settings/json-schema";
import { renderSettingsPage } from "./settings/settings-page";

/** `npm run settings`: writes the settings' JSON schema and their documentation. */
async function main(args: string[]): Promise<number> {
  parseOptions(args, {});
  writeGenerated("settings/settings.schema.json", renderJsonSchema());
  writeGenerated(join("docs", "settings.md"), renderSettingsPage());
  return 0;
}

runCommand(main);
