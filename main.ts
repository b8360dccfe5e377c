import { Annotations, App } from "cdktf";
import { loadSettings, physicalName, SettingsError, settingsWarnings } from "./settings";
import { GithubAccessStack } from "./stacks/github-access-stack";
import { ServerlessInfrastructureStack } from "./stacks/serverless-infrastructure-stack";
import { StateBackendStack } from "./stacks/state-backend-stack";

try {
  const settings = loadSettings();
  const app = new App({ stackTraces: false });
  // A stack's folder remembers its backend: in one folder for all environments, one's state could end in another's.
  const id = (base: string) => physicalName(base, settings.environment);
  new StateBackendStack(app, id("state-backend"), settings);
  const system = new ServerlessInfrastructureStack(app, id("serverless-infrastructure"), settings);
  if (settings.github) new GithubAccessStack(app, id("github-access"), { ...settings, github: settings.github });
  for (const warning of settingsWarnings(settings)) {
    // The CDKTF CLI shows annotations and hides what the application prints.
    Annotations.of(system).addWarning(warning);
    console.warn(`Warning: ${warning}`);
  }
  app.synth();
} catch (error) {
  if (!(error instanceof SettingsError)) throw error;
  for (const mistake of error.mistakes) console.error(`Error: ${mistake}`);
  process.exitCode = 1;
}
