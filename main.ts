import { mkdirSync } from "node:fs";
import { AnnotationMetadataEntryType, Annotations, App } from "cdktf";
import { ConstructError } from "./constructs/construct-error";
import { SourceError } from "./constructs/source/source-files";
import { loadSettings, SettingsError, settingsWarnings } from "./settings/settings";
import { GithubAccessStack } from "./stacks/github-access-stack";
import { type StackName, stackId } from "./stacks/names";
import { ServerlessInfrastructureStack } from "./stacks/serverless-infrastructure-stack";
import { StateBackendStack } from "./stacks/state-backend-stack";

try {
  const settings = loadSettings();
  makeOutputFolder();
  const app = new App({ stackTraces: false });
  const id = (stack: StackName) => stackId(stack, settings.environment);
  const stateBackend = new StateBackendStack(app, id("state-backend"), settings);
  const system = new ServerlessInfrastructureStack(app, id("serverless-infrastructure"), settings);
  stateBackend.keepArtifactsOf(system);
  if (settings.github)
    new GithubAccessStack(app, id("github-access"), { ...settings, github: settings.github }, system);
  for (const warning of settingsWarnings(settings)) Annotations.of(system).addWarning(warning);
  // The CDKTF CLI shows annotations, but not the application's output.
  for (const { type, data } of app.node.findAll().flatMap(({ node }) => node.metadata)) {
    if (type === AnnotationMetadataEntryType.WARN) console.warn(`Warning: ${data}`);
  }
  app.synth();
} catch (error) {
  if (!(error instanceof SettingsError || error instanceof SourceError || error instanceof ConstructError)) throw error;
  for (const mistake of error instanceof SettingsError ? error.mistakes : [error.message])
    console.error(`Error: ${mistake}`);
  process.exitCode = 1;
}

/** CDKTF makes its output folder only inside an existing one. */
function makeOutputFolder(): void {
  const folder = process.env.CDKTF_OUTDIR;
  if (folder === undefined) return;
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const mistake = `CDKTF_OUTDIR: ${JSON.stringify(folder)} cannot be made (${code}); use the path of a folder, or unset it`;
    throw new SettingsError([mistake]);
  }
}
