import { createHash } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join, posix, relative, sep } from "node:path";
import { Annotations, TerraformStack } from "cdktf";
import { addCustomSynthesis } from "cdktf/lib/synthesize/synthesizer";
import { Construct } from "constructs";
import { installLibraries, refuseConflicts } from "../libraries/libraries";
import type { Platform } from "../libraries/pip";
import { refuseTooLarge, takesBucket } from "../source/package-size";
import {
  executables,
  type PackageFile,
  packageFiles,
  readSourceFile,
  SourceError,
  shown,
  walkSource,
} from "../source/source-files";
import { sourceWarnings } from "../source/source-warnings";

/**
 * A copy of a function's source in the stack's folder. Unlike CDKTF's `TerraformAsset`, it leaves out what belongs to one
 * machine and hashes the file names, too, so that every machine synthesizes the same bytes.
 */
export class LambdaSource extends Construct {
  /** Path of the copy, relative to the stack's folder. It contains a digest of the source. */
  readonly path: string;
  /** Whether a file is executable. In the copy, such a file has the mode 0755, and all others have 0644. */
  readonly hasExecutables: boolean;
  /** Whether Lambda takes the zip file only from a bucket. */
  readonly takesBucket: boolean;

  /**
   * @param source absolute path of the source folder
   * @param platform what the packages of a `requirements.txt` are for
   * @throws SourceError if Lambda would not get what is in the folder
   */
  constructor(scope: Construct, id: string, source: string, platform: Platform) {
    super(scope, id);
    const entries = [...walkSource(source)];
    const files = packageFiles(entries);
    if (files.length === 0) throw new SourceError(`${shown(source)}: has no file to deploy; add the function's code`);
    const libraries = installLibraries(source, platform);
    refuseConflicts(source, files, libraries.files);
    refuseTooLarge(source, files, libraries.files);
    this.takesBucket = takesBucket(source, files, libraries.files);
    for (const warning of [...sourceWarnings(source, entries), ...libraries.warnings]) {
      Annotations.of(this).addWarning(warning);
    }
    const executable = executables(files);
    this.hasExecutables = executable.size > 0 || libraries.files.some(({ isExecutable }) => isExecutable);
    const stack = TerraformStack.of(this);
    const versions = posix.join("assets", stack.getLogicalId(this.node));
    this.path = posix.join(versions, digest(source, files, executable, libraries.digest));
    addCustomSynthesis(this, {
      onSynthesize: ({ manifest }) => {
        const folder = join(manifest.outdir, manifest.forStack(stack).workingDirectory);
        const copy = join(folder, this.path);
        removeOthers(join(folder, versions), basename(copy));
        mkdirSync(join(folder, versions), { recursive: true });
        // Tools that watch the source find it by this.
        const note = JSON.stringify({ source: posix.join(...relative(process.cwd(), source).split(sep)) });
        writeFileSync(join(folder, `${versions}.json`), note);
        // Packages have thousands of files, which take longer than all else.
        if (libraries.files.length > 0 && existsSync(copy)) return;
        const unfinished = `${copy}.unfinished`;
        rmSync(copy, { recursive: true, force: true });
        place(libraries.files, libraries.folder, unfinished, linkOrCopy);
        place(files, source, unfinished, (from, to) => {
          copyFileSync(from, to);
          chmodSync(to, executable.has(relative(unfinished, to)) ? 0o755 : 0o644);
        });
        renameSync(unfinished, copy);
      },
    });
  }
}

function removeOthers(folder: string, kept: string): void {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    if (name !== kept) rmSync(join(folder, name), { recursive: true, force: true });
  }
}

type Place = (from: string, to: string) => void;

function place(files: readonly { readonly path: string }[], from: string, to: string, placeFile: Place): void {
  const made = new Set<string>();
  for (const { path } of files) {
    const folder = dirname(join(to, path));
    if (!made.has(folder)) mkdirSync(folder, { recursive: true });
    made.add(folder);
    placeFile(join(from, path), join(to, path));
  }
}

/** A link takes a tenth of a copy's time. */
function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    // Another file system, or one without links.
    copyFileSync(from, to);
  }
}

function digest(
  source: string,
  files: readonly PackageFile[],
  executable: ReadonlySet<string>,
  libraries: string,
): string {
  const hash = createHash("sha256");
  for (const { path } of files) {
    hash.update(executable.has(path) ? `${path}\0executable\0` : `${path}\0`);
    hash.update(readSourceFile(source, path));
    hash.update("\0");
  }
  hash.update(libraries);
  return hash.digest("hex").slice(0, 32);
}
