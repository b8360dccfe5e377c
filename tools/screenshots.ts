import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { FakeSystem } from "../__tests__/local/fake-system";
import { parseOptions } from "../commands/cli/options";
import { PROJECT_FOLDER } from "../commands/cli/project";
import { runCommand } from "../commands/cli/run-command";
import { close, listen, serverUrl } from "../commands/cli/server";
import { serveConsole } from "../commands/local-system/console/console-server";
import { launchChromium } from "./chromium";

export { close, FakeSystem, launchChromium, listen, serveConsole, serverUrl };

void [mkdirSync, join, runCommand, parseOptions, PROJECT_FOLDER];
