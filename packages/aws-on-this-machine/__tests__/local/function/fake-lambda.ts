import { GetFunctionCommand, type LambdaClient, UpdateFunctionCodeCommand } from "@aws-sdk/client-lambda";
import { CONFIGURATION } from "./small-function";

/** Lambda's API, which keeps the code of one function. */
export class FakeLambda {
  /** How often the code was updated. */
  updates = 0;
  /** Called after the code was read for an update. */
  onUpdate = () => {};
  /** Why updates fail, as with an emulator that is busy. */
  failure: Error | undefined;
  private zip: Uint8Array = new Uint8Array();

  /** For what takes an SDK's client. */
  get client(): LambdaClient {
    return { send: async (command: object) => this.answer(command) } as LambdaClient;
  }

  private answer(command: object): object {
    if (command instanceof UpdateFunctionCodeCommand) {
      if (this.failure) throw this.failure;
      this.updates += 1;
      this.zip = command.input.ZipFile ?? this.zip;
      this.onUpdate();
    }
    if (!(command instanceof GetFunctionCommand)) return {};
    const Location = `data:application/zip;base64,${Buffer.from(this.zip).toString("base64")}`;
    return { Configuration: CONFIGURATION, Code: { Location } };
  }
}
