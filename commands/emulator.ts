import { devNull } from "node:os";
import { parseOptions } from "./cli/options";
import { runCommand } from "./cli/run-command";
import { startEmulator } from "./emulator/emulator";
import { findPython } from "./emulator/python";

/** `npm run emulator`: runs an empty AWS emulator until Ctrl-C, for several runs of `npm start` or of tests. */
async function main(args: string[]): Promise<undefined> {
  parseOptions(args, {});
  const { endpoint } = await startEmulator(await findPython(console.log), devNull);
  console.log(`AWS emulator at ${endpoint}; Ctrl-C ends it. In another terminal:\n`);
  console.log(`  AWS_ENDPOINT_URL=${endpoint} npm start`);
  process.exitCode = 0;
}

runCommand(main);
