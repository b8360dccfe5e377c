import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { basename, join, relative, resolve } from "node:path";
import type { TerraformMessage } from "@local/command-line/progress";
import { UserError } from "@local/command-line/user-error";
import { EMULATOR_ACCOUNT, emulatorEnvironment } from "../environment";
import { startArchiveProvider } from "../run/archive-provider";
import { ProviderKeeper } from "../run/kept-provider";
import type { TerraformProviders } from "../run/providers";
import { SMALL_PROVIDERS } from "../run/small-providers";
import { type StandIn, startStandIn } from "../run/stand-in";
import { type State, type StateResource, Terraform } from "../run/terraform";
import { findAdaptation } from "./adaptations";
import { ApplyErrors, type UnknownStatement } from "./apply-errors";
import { findAwsProviders, removeStatement } from "./blocks";
import { changeFile, changeFiles, copyFolder, detachFromOriginal, detachModules, modulesOf } from "./copy-folder";
import { explainInit, findStandIns, findSubstitutes, type Substitute } from "./substitutes";

/** The Region where the folder's provider names none. */
const DEFAULT_REGION = "us-east-1";

/** Files that Terraform merges into the others, after them. */
const OVERRIDE = "zz_local_override.tf.json";
const VERSIONS_OVERRIDE = "zz_versions_override.tf.json";

export interface TerraformFolderProps {
  /** The user's folder. It stays untouched. */
  readonly original: string;
  /** The folder for the run's temporary files. */
  readonly folder: string;
  readonly endpoint: string;
  readonly providers: TerraformProviders;
  /** Options of Terraform such as `-var=a=b`. */
  readonly variables: readonly string[];
  readonly onNotice: (notice: string) => void;
}

/** The source of an archive: a folder, or one file of it. */
export interface ArchivedFiles {
  /** In the user's folder, or around it. */
  readonly folder: string;
  /** The only archived file. */
  readonly file?: string;
  readonly excludes: readonly string[];
}

/** A folder of plain Terraform, in a copy that is applied to an emulator. */
export class TerraformFolder {
  readonly terraform: Terraform;
  private readonly standIns: StandIn[] = [];
  private readonly keeper = new ProviderKeeper();
  /** The folder of the copy and of the links around it. */
  private readonly copies: string;
  private readonly notices = new Set<string>();
  private required: Substitute["terraform"] = {};

  private constructor(private readonly props: TerraformFolderProps) {
    const { original, folder, endpoint, providers } = props;
    const environment = {
      ...emulatorEnvironment(endpoint),
      AWS_REGION: DEFAULT_REGION,
      AWS_DEFAULT_REGION: DEFAULT_REGION,
      ...providers.environment,
      ...Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith("TF_VAR_"))),
      // A killed provider leaves its socket there.
      TMPDIR: folder,
    };
    this.copies = join(folder, "tf");
    const copy = copyFolder(original, this.copies);
    detachModules(copy, this.copies);
    this.terraform = new Terraform(copy, environment);
  }

  /** Copies a folder. Throws a UserError if it has no Terraform files. */
  static async open(props: TerraformFolderProps): Promise<TerraformFolder> {
    const opened = new TerraformFolder(props);
    opened.override();
    await opened.serveArchives();
    return opened;
  }

  get environment(): NodeJS.ProcessEnv {
    return this.terraform.environment;
  }

  async init(): Promise<void> {
    for (;;) {
      try {
        await this.terraform.run(["init", "-no-color", "-input=false", "-reconfigure"]);
        return this.overrideModules();
      } catch (error) {
        const { message } = error as Error;
        if (!(await this.substitute(message))) throw explainInit(message) ?? error;
      }
    }
  }

  /**
   * Plans and applies without asking. Returns lines about the resources that the emulator cannot have. Throws a UserError,
   * also for variables without a value.
   */
  async apply(onMessage?: (message: TerraformMessage) => void): Promise<string[]> {
    const terraform = await this.withKeptProvider();
    const args = ["apply", "-auto-approve", "-json", "-lock-timeout=60s", ...this.props.variables];
    for (;;) {
      const errors = new ApplyErrors();
      try {
        await terraform.run(args, (message) => {
          errors.take(message);
          onMessage?.(message);
        });
        return [];
      } catch (error) {
        const mended = [...errors.texts.filter((each) => this.adapt(each)), ...errors.unknown.filter(this.leaveOut)];
        if (mended.length > 0) continue;
        const missing = errors.describeMissing();
        if (!missing) throw errors.explain() ?? error;
        return missing;
      }
    }
  }

  /** By itself, Terraform starts the AWS provider several times. One process cannot have several configurations. */
  private async withKeptProvider(): Promise<Terraform> {
    const { folder, environment } = this.terraform;
    // The override repeats the blocks of the folder.
    const aliases = this.modules().flatMap((each) => [...new Set(findAwsProviders(each).map(({ alias }) => alias))]);
    if (aliases.length > 1) return this.terraform;
    return new Terraform(folder, await this.keeper.attach(folder, environment));
  }

  /** Throws an Error if there is no state. */
  async state(): Promise<State> {
    const state = await this.terraform.state();
    if (!state) throw new Error(`${this.props.original} has no state`);
    return state;
  }

  /** Finds the Region of the resources by their ARNs. AWS SDKs get it, too: Terraform alone reads the provider's block. */
  adoptRegion({ resources }: State): string {
    const regions = resources.flatMap(
      ({ values }) => /^arn:[^:]*:[^:]*:([a-z0-9-]+):/.exec(String(values.arn))?.[1] ?? [],
    );
    const region = mostFrequent(regions) ?? DEFAULT_REGION;
    Object.assign(this.environment, { AWS_REGION: region, AWS_DEFAULT_REGION: region });
    return region;
  }

  /** Finds the sources of the functions' archives in the user's folder, by the functions' addresses. */
  sourcesOf({ resources, dataSources }: State): ReadonlyMap<string, ArchivedFiles> {
    const archives = [...dataSources, ...resources].filter(({ type }) => type === "archive_file");
    const objects = resources.filter(({ type }) => /^aws_s3_(bucket_)?object$/.test(type));
    const found = resources
      .filter(({ type }) => type === "aws_lambda_function")
      .flatMap(({ address, values: { filename, s3_bucket, s3_key } }) => {
        const object = objects.find(({ values }) => values.bucket === s3_bucket && values.key === s3_key);
        const zip = filename || object?.values.source;
        const archive = zip && archives.find(({ values }) => this.inCopy(values.output_path) === this.inCopy(zip));
        const files = archive && this.archivedFiles(archive);
        return files ? [[address, files] as const] : [];
      });
    return new Map(found);
  }

  stop(): void {
    for (const each of this.standIns) each.stop();
    this.keeper.stop();
  }

  private archivedFiles({ values }: StateResource): ArchivedFiles | undefined {
    const { source_dir, source_file } = values;
    const excludes: string[] = values.excludes ?? [];
    if (source_dir) return { folder: this.inOriginal(source_dir), excludes };
    if (!source_file) return undefined;
    const file = this.inOriginal(source_file);
    return { folder: resolve(file, ".."), file, excludes: [] };
  }

  private inCopy(path: string): string {
    return resolve(this.terraform.folder, path);
  }

  /** The user's file in place of its copy. Paths that lead out of the copy lead out of the user's folder in the same way. */
  private inOriginal(path: string): string {
    return resolve(this.props.original, relative(this.terraform.folder, this.inCopy(path)));
  }

  /** Keeps the state in the copy, and leads the providers to the emulator, whatever the folder says. */
  private override(): void {
    const { folder } = this.terraform;
    const terraform = { backend: { local: { path: "local.tfstate" } } };
    writeFileSync(join(folder, OVERRIDE), JSON.stringify({ terraform, ...overrideProviders(folder) }, null, 2));
  }

  /** A module may configure its own provider. Its folder is known after `terraform init`. */
  private overrideModules(): void {
    for (const folder of this.modules().filter((each) => each !== this.terraform.folder)) {
      writeFileSync(join(folder, OVERRIDE), JSON.stringify(overrideProviders(folder)));
    }
  }

  /** The real provider would write through the links around the copy, into the user's folders. */
  private async serveArchives(): Promise<void> {
    const { folder } = this.props;
    this.use(
      await startArchiveProvider(join(folder, "archive.sock"), this.terraform.folder, (path) =>
        detachFromOriginal(path, this.copies),
      ),
    );
  }

  private use(standIn: StandIn): void {
    this.standIns.push(standIn);
    const all = this.standIns.map(({ reattachProviders }) => JSON.parse(reattachProviders));
    this.environment.TF_REATTACH_PROVIDERS = JSON.stringify(Object.assign({}, ...all));
  }

  private modules(): string[] {
    return modulesOf(this.terraform.folder, this.copies);
  }

  /** Lets Terraform take the versions and the providers that this machine has. Returns whether there are any. */
  private async substitute(error: string): Promise<boolean> {
    const modules = this.modules();
    const standIns = findStandIns(error).filter((name) => !this.environment.TF_REATTACH_PROVIDERS?.includes(name));
    for (const name of standIns) {
      this.props.onNotice(`A stand-in replaces the provider ${name}.`);
      const socket = join(this.props.folder, `${basename(name)}.sock`);
      this.use(await startStandIn({ socket, name, resources: SMALL_PROVIDERS[name] ?? {} }));
    }
    for (const { notice, terraform } of findSubstitutes(error, modules)) {
      if (!this.notices.has(notice)) this.props.onNotice(notice);
      this.notices.add(notice);
      const required_providers = { ...this.required.required_providers, ...terraform.required_providers };
      this.required = { ...this.required, ...terraform, required_providers };
    }
    const text = JSON.stringify({ terraform: this.required });
    const files = (this.notices.size > 0 ? modules : []).map((folder) => join(folder, VERSIONS_OVERRIDE));
    const outdated = files.filter((file) => !existsSync(file) || readFileSync(file, "utf8") !== text);
    for (const file of outdated) writeFileSync(file, text);
    return standIns.length > 0 || outdated.length > 0;
  }

  /** Changes the files after an error. Returns whether that changes one. */
  private adapt(error: string): boolean {
    const adaptation = findAdaptation(error);
    const changed = adaptation && changeFiles(this.modules(), this.copies, adaptation.change);
    if (changed) this.props.onNotice(adaptation.notice);
    return changed ?? false;
  }

  /**
   * Leaves out what only another version of the AWS provider knows, if the folder asks for another one. Otherwise, it is a
   * mistake. Returns whether that changes a file.
   */
  private readonly leaveOut = ({ name, context, file, line }: UnknownStatement): boolean => {
    if (!this.required.required_providers?.aws || !file.endsWith(".tf")) return false;
    const path = join(this.terraform.folder, file);
    const changed = changeFile(path, this.copies, (text) => removeStatement(text, line));
    if (changed) this.props.onNotice(`The AWS provider does not know ${name}: ${context} is used without it.`);
    return changed;
  };
}

/** Credentials of the blocks would lead to AWS, and another account is not that of the emulator's other clients. */
function overrideProviders(folder: string): object {
  const access = {
    access_key: "test",
    secret_key: "test",
    token: null,
    profile: null,
    shared_config_files: null,
    shared_credentials_files: null,
    allowed_account_ids: null,
    forbidden_account_ids: null,
    use_fips_endpoint: null,
    use_dualstack_endpoint: null,
    // An emulator that fails at a request fails again. By default, the provider repeats it for minutes.
    max_retries: 4,
    endpoints: {},
    assume_role: { role_arn: `arn:aws:iam::${EMULATOR_ACCOUNT}:role/local` },
  };
  const blocks = findAwsProviders(folder).map(({ alias }) => ({ ...(alias ? { alias } : {}), ...access }));
  return blocks.length > 0 ? { provider: { aws: blocks } } : {};
}

function mostFrequent(texts: readonly string[]): string | undefined {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts].sort(([, one], [, other]) => other - one)[0]?.[0];
}

/** Throws a UserError unless it is a folder. */
export function requireFolder(path: string): string {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return path;
  throw new UserError(`--terraform is ${path}, which is no folder; name one with .tf files.`);
}
