import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Aws, connectAws } from "@local/terraform/aws";
import { type Emulator, startEmulator } from "../../../emulator/emulator";
import { findPython } from "../../../emulator/python";
import { Deploy } from "../../../testing/deploy";

/** An emulator of a test file, with a folder that is removed at its end. */
export class Emulated {
  readonly aws: Aws;
  readonly deploy: Deploy;

  private constructor(
    private readonly emulator: Emulator,
    readonly python: string,
    readonly folder: string,
  ) {
    this.aws = connectAws({ endpoint: emulator.endpoint, region: "us-west-2" });
    this.deploy = new Deploy(this.aws);
  }

  static async start(): Promise<Emulated> {
    const folder = mkdtempSync(join(tmpdir(), "emulated-"));
    const python = await findPython();
    return new Emulated(await startEmulator(python, join(folder, "emulator.log")), python, folder);
  }

  get endpoint(): string {
    return this.emulator.endpoint;
  }

  async stop(): Promise<void> {
    await this.emulator.stop();
    rmSync(this.folder, { recursive: true });
  }
}
