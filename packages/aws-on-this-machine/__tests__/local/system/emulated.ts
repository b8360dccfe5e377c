import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Aws, connectAws } from "@local/terraform/aws";
import { emulatorEnvironment } from "@local/terraform/environment";
import { type Emulator, startEmulator } from "../../../emulator/emulator";
import { findPython } from "../../../emulator/python";
import { LocalSystem, type LocalSystemProps } from "../../../system/local-system";
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

  /** Opens a system, which the test stops. */
  openSystem(props: Pick<LocalSystemProps, "name" | "apiServer"> & Partial<LocalSystemProps>): Promise<LocalSystem> {
    const { endpoint, python } = this;
    return LocalSystem.open({
      endpoint,
      region: "us-west-2",
      environment: { ...emulatorEnvironment(endpoint), AWS_DEFAULT_REGION: "us-west-2" },
      python,
      folder: join(this.folder, "f"),
      findSource: () => undefined,
      drawDiagram: async () => "<svg/>",
      ...props,
    });
  }

  async stop(): Promise<void> {
    await this.emulator.stop();
    rmSync(this.folder, { recursive: true });
  }
}
