import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "@local/command-line/process/child-process";
import { PROJECT_FOLDER } from "@local/command-line/project";
import { UserError } from "@local/command-line/user-error";
import { sourceFolders } from "./python/own-files";

type Settings = Readonly<Record<string, object | undefined>>;

/** A value for each setting that adds a stack or resources. */
const OPTIONAL_SETTINGS: Settings = {
  alarms: { email: "somebody@example.com" },
  api: {
    domain: {
      name: "api.example.com",
      hostedZone: "example.com",
      basePath: "v1",
      mutualTls: { truststoreUri: "s3://truststore/ca.pem" },
    },
    jwtAuthorizer: { issuer: "https://issuer.example.com", audience: ["requests"] },
  },
  function: { release: { mode: "canary", percent: 10, minutes: 5 } },
  github: { repository: "owner/name" },
};

/** An environment of cdktf.json, as it is or with all optional settings. */
export interface Variant {
  readonly environment: string;
  /** Such as `production-with-everything`. */
  readonly name: string;
  readonly settings: Settings;
}

export function readVariants(): Variant[] {
  const { context } = JSON.parse(readFileSync(join(PROJECT_FOLDER, "cdktf.json"), "utf8"));
  return Object.entries<Settings>(context.environments).flatMap(([environment, settings]) => [
    { environment, name: `${environment}-as-it-is`, settings },
    { environment, name: `${environment}-with-everything`, settings: withEverything(settings) },
  ]);
}

function withEverything(settings: Settings): Settings {
  const optional = Object.entries(OPTIONAL_SETTINGS).map(([key, values]) => [key, { ...settings[key], ...values }]);
  return { ...settings, ...Object.fromEntries(optional) };
}

/** Compiles the application in a folder. */
export async function compile(folder: string): Promise<void> {
  await runOrThrow(["node_modules/typescript/lib/tsc.js", "-p", "stacks"], folder, {});
}

/**
 * Synthesizes a variant by an application that is compiled in a folder. It reads the settings and its source in the working
 * folder.
 *
 * @param variables of the environment, besides those of this process
 */
export async function synthesize(
  folder: string,
  { environment, settings }: Variant,
  outputFolder: string,
  variables: NodeJS.ProcessEnv = {},
): Promise<void> {
  const project = `${outputFolder}.project`;
  mkdirSync(project, { recursive: true });
  for (const source of sourceFolders(PROJECT_FOLDER)) {
    cpSync(join(PROJECT_FOLDER, source), join(project, source), { recursive: true });
  }
  writeFileSync(
    join(project, "cdktf.json"),
    JSON.stringify({ context: { environments: { [environment]: settings } } }),
  );
  const own = { CDKTF_OUTDIR: outputFolder, ENVIRONMENT: environment };
  await runOrThrow([join(folder, "dist", "main.js")], project, { ...own, ...variables });
}

async function runOrThrow(args: string[], cwd: string, variables: NodeJS.ProcessEnv): Promise<void> {
  const env = { ...process.env, ...variables };
  const { exitCode, stdout, stderr } = await run(process.execPath, args, { cwd, env });
  if (exitCode !== 0) throw new UserError((stdout + stderr).trim());
}
