import { createHash } from "node:crypto";
import { chmodSync, copyFileSync, mkdirSync, rmSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { Annotations, TerraformStack } from "cdktf";
import { addCustomSynthesis } from "cdktf/lib/synthesize/synthesizer";
import { Construct } from "constructs";
import { refuseTooLarge } from "../source/package-size";
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

  /**
   * @param source absolute path of the source folder
   * @throws SourceError if Lambda would not get what is in the folder
   */
  constructor(scope: Construct, id: string, source: string) {
    super(scope, id);
    const entries = [...walkSource(source)];
    const files = packageFiles(entries);
    if (files.length === 0) throw new SourceError(`${shown(source)}: has no file to deploy; add the function's code`);
    refuseTooLarge(source, files);
    for (const warning of sourceWarnings(source, entries)) Annotations.of(this).addWarning(warning);
    const executable = executables(files);
    this.hasExecutables = executable.size > 0;
    const stack = TerraformStack.of(this);
    const versions = posix.join("assets", stack.getLogicalId(this.node));
    this.path = posix.join(versions, digest(source, files, executable));
    addCustomSynthesis(this, {
      onSynthesize: ({ manifest }) => {
        const folder = join(manifest.outdir, manifest.forStack(stack).workingDirectory);
        rmSync(join(folder, versions), { recursive: true, force: true });
        for (const { path } of files) {
          const copy = join(folder, this.path, path);
          mkdirSync(dirname(copy), { recursive: true });
          copyFileSync(join(source, path), copy);
          chmodSync(copy, executable.has(path) ? 0o755 : 0o644);
        }
      },
    });
  }
}

function digest(source: string, files: readonly PackageFile[], executable: ReadonlySet<string>): string {
  const hash = createHash("sha256");
  for (const { path } of files) {
    hash.update(executable.has(path) ? `${path}\0executable\0` : `${path}\0`);
    hash.update(readSourceFile(source, path));
    hash.update("\0");
  }
  return hash.digest("hex").slice(0, 32);
}
