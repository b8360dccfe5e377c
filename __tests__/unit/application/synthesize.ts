import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App, TerraformStack, Testing } from "cdktf";
import "cdktf/lib/testing/adapters/jest";

Testing.setupJest();

/** Synthesizes a stack that holds what `build` adds; the JSON is what CDKTF's matchers take. */
export function synthesize(build: (stack: TerraformStack) => void): string {
  return withApp((app) => {
    const stack = new TerraformStack(app, "test");
    build(stack);
    return Testing.synth(stack);
  });
}

/** Lends an app whose output folder is gone afterwards; CDKTF's `Testing.app` leaves one behind. */
export function withApp<T>(use: (app: App) => T): T {
  const outdir = mkdtempSync(join(tmpdir(), "synthesize-"));
  try {
    return use(new App({ outdir, stackTraces: false }));
  } finally {
    rmSync(outdir, { recursive: true });
  }
}
