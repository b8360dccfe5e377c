import { readFileSync } from "node:fs";
import { z } from "zod";
import { DEFAULT_ENVIRONMENT, stateBucketName } from "../stacks/names";
import { listsWithLiteralStar } from "./cors";
import { aboutRuntime } from "./lambda-runtimes";
import { environmentName, environmentSettings, TABLE_WORST_CASE_SECONDS } from "./schema";

type EnvironmentSettings = z.output<typeof environmentSettings>;

/** The settings of one environment, with every default filled in. */
export type Settings = Omit<EnvironmentSettings, "environmentTag" | "state" | "github"> & {
  /** The environment's name; `production` gives physical names without a suffix. */
  readonly environment: string;
  readonly environmentTag: string;
  readonly state: Required<EnvironmentSettings["state"]>;
  readonly github?: Required<NonNullable<EnvironmentSettings["github"]>>;
};

/** Mistakes in the settings, one line each: the path, the value and the allowed values. */
export class SettingsError extends Error {
  constructor(readonly mistakes: readonly string[]) {
    super(mistakes.join("\n"));
    this.name = "SettingsError";
  }
}

/**
 * Validates the settings of one environment and fills in the defaults.
 *
 * @param environments the overrides of every environment, as `context.environments` of cdktf.json has them
 * @param environment the name of the environment to take
 * @throws SettingsError with a line for each mistake
 */
export function parseSettings(environments: Readonly<Record<string, unknown>>, environment: string): Settings {
  const overrides = Object.hasOwn(environments, environment) ? environments[environment] : undefined;
  if (overrides === undefined) {
    const known = Object.keys(environments).join(", ") || "none";
    throw new SettingsError([
      `ENVIRONMENT: ${JSON.stringify(environment)} is not an environment; use one of ${known}, or add it to context.environments in cdktf.json`,
    ]);
  }
  const named = environmentName.safeParse(environment);
  if (!named.success) {
    const [allowed] = named.error.issues.map(({ message }) => message);
    throw new SettingsError([`environments: ${JSON.stringify(environment)} is not allowed as a name; ${allowed}`]);
  }
  const parsed = environmentSettings.safeParse(overrides);
  if (!parsed.success) {
    throw new SettingsError(parsed.error.issues.flatMap((issue) => describeIssue(issue, environment, overrides)));
  }
  const { data } = parsed;
  const shared = sharedWithOthers(environments, environment, data);
  if (shared.length > 0) throw new SettingsError(shared);
  return {
    ...data,
    environment,
    environmentTag: data.environmentTag ?? defaultTag(environment),
    state: {
      bucket: data.state.bucket ?? stateBucketName(environment, data.account, data.region),
      key: data.state.key ?? `serverless-infrastructure/${environment}.tfstate`,
    },
    github: data.github && { ...data.github, environment: data.github.environment ?? environment },
  };
}

function defaultTag(environment: string): string {
  return environment.charAt(0).toUpperCase() + environment.slice(1);
}

/** The roles for GitHub distinguish environments of one account by these values. */
function sharedWithOthers(
  environments: Readonly<Record<string, unknown>>,
  environment: string,
  { account, environmentTag, github }: EnvironmentSettings,
): string[] {
  if (!github) return [];
  const others = Object.entries(environments).filter(([name]) => name !== environment);
  return others.flatMap(([name, overrides]) => {
    const { success, data: other } = environmentSettings.safeParse(overrides);
    if (!success || !other.github || (account && other.account && account !== other.account)) return [];
    const values: [setting: string, own: string, of: string][] = [
      ["environmentTag", environmentTag ?? defaultTag(environment), other.environmentTag ?? defaultTag(name)],
      ["github.environment", github.environment ?? environment, other.github.environment ?? name],
    ];
    return values
      .filter(([, own, of]) => own === of)
      .map(
        ([setting, own]) =>
          `environments.${environment}.${setting}: ${JSON.stringify(own)} is that of ${name}, too; use another value, because the roles for GitHub go by it`,
      );
  });
}

/**
 * Reads the settings from cdktf.json in the working folder; `ENVIRONMENT` picks the environment.
 *
 * @throws SettingsError where the file cannot be read, the environment is unknown or a value is wrong
 */
export function loadSettings(): Settings {
  let text: string;
  try {
    text = readFileSync("cdktf.json", "utf8");
  } catch {
    throw new SettingsError(["cdktf.json: cannot be read; run this in the project's folder"]);
  }
  let config: unknown;
  try {
    config = JSON.parse(text);
  } catch (error) {
    throw new SettingsError([`cdktf.json: is not valid JSON: ${(error as Error).message}`]);
  }
  const parsed = z.object({ context: z.object({ environments: z.record(z.string(), z.unknown()) }) }).safeParse(config);
  if (!parsed.success) {
    throw new SettingsError(["cdktf.json: has no context.environments; add an object with an entry an environment"]);
  }
  return parseSettings(parsed.data.context.environments, process.env.ENVIRONMENT || DEFAULT_ENVIRONMENT);
}

/** Returns a line for each setting that is valid but doubtful. */
export function settingsWarnings(settings: Settings): string[] {
  const { runtime, timeoutSeconds } = settings.function;
  const { pointInTimeRecovery } = settings.table;
  const { domain, disableDefaultEndpoint } = settings.api;
  const { warning } = aboutRuntime(runtime);
  return [
    ...(warning ? [`function.runtime: ${warning}; use python3.13`] : []),
    ...(timeoutSeconds < TABLE_WORST_CASE_SECONDS
      ? [
          `function.timeoutSeconds: the function tries for up to 12 s to reach the table, and ${timeoutSeconds} s end it earlier with a timeout; use at least ${TABLE_WORST_CASE_SECONDS}`,
        ]
      : []),
    ...listsWithLiteralStar(settings.api.cors).map(
      (list) =>
        `api.cors.${list}: browsers take * for a name, because allowCredentials is true; use the names themselves`,
    ),
    ...(domain?.mutualTls && disableDefaultEndpoint === false
      ? ["api.disableDefaultEndpoint: without it, clients reach the API without a certificate; use true"]
      : []),
    ...(pointInTimeRecovery ? [] : ["table.pointInTimeRecovery: without it, deleted and overwritten items are lost"]),
  ];
}

function describeIssue(issue: z.core.$ZodIssue, environment: string, input: unknown): string[] {
  const path = (keys: readonly PropertyKey[]) => ["environments", environment, ...keys].join(".");
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => `${path([...issue.path, key])}: is not a setting; correct its name or remove it`);
  }
  if (issue.code === "invalid_key") {
    const messages = [...new Set(issue.issues.map(({ message }) => message))];
    return messages.map((message) => `${path(issue.path)}: is not allowed as a key; ${message}`);
  }
  const value = issue.path.reduce<unknown>(
    (parent, key) => (parent as Record<PropertyKey, unknown> | undefined)?.[key],
    input,
  );
  const allowed = issue.message.startsWith("use ") ? issue.message : "use an object of settings";
  return [
    `${path(issue.path)}: ${value === undefined ? "is missing" : `${JSON.stringify(value)} is not allowed`}; ${allowed}`,
  ];
}
