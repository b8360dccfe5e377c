import { createHash } from "node:crypto";
import { cpSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { basename, join, posix } from "node:path";
import { TerraformStack } from "cdktf";
import { addCustomSynthesis } from "cdktf/lib/synthesize/synthesizer";
import { Construct } from "constructs";

const BYTECODE = "__pycache__";

/** The paths of all files in a folder and its subfolders, relative and sorted, without Python's bytecode. */
export function listFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => name !== BYTECODE)
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return listFiles(path).map((file) => join(entry.name, file));
      return entry.isFile() || (entry.isSymbolicLink() && statSync(path).isFile()) ? [entry.name] : [];
    })
    .sort();
}

/**
 * A copy of a function's source in the stack's folder. Unlike CDKTF's `TerraformAsset`, it excludes bytecode and hashes
 * the file names, too, so that every machine synthesizes the same bytes.
 */
export class LambdaSource extends Construct {
  /** Path of the copy, relative to the stack's folder. It contains a digest of the source. */
  readonly path: string;

  /** @param source absolute path of the source folder */
  constructor(scope: Construct, id: string, source: string) {
    super(scope, id);
    const stack = TerraformStack.of(this);
    const versions = posix.join("assets", stack.getLogicalId(this.node));
    this.path = posix.join(versions, digest(source));
    addCustomSynthesis(this, {
      onSynthesize: ({ manifest }) => {
        const folder = join(manifest.outdir, manifest.forStack(stack).workingDirectory);
        rmSync(join(folder, versions), { recursive: true, force: true });
        cpSync(source, join(folder, this.path), { recursive: true, filter: (path) => basename(path) !== BYTECODE });
      },
    });
  }
}

function digest(folder: string): string {
  const hash = createHash("sha256");
  for (const file of listFiles(folder)) {
    hash.update(`${file}\0`);
    hash.update(readFileSync(join(folder, file)));
    hash.update("\0");
  }
  return hash.digest("hex").slice(0, 32);
}
