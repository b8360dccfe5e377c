import { devNull } from "node:os";
import { startEmulator } from "./emulator";
import { findPython } from "./python";
import { exitWithError } from "./user-error";

/** `npm run emulator`: an empty AWS emulator on this machine until Ctrl-C, for several runs of `npm start` or of tests. */
async function main(): Promise<void> {
  const { endpoint } = await startEmulator(await findPython(console.log), devNull);
  console.log(`AWS emulator at ${endpoint}; Ctrl-C ends it. In another terminal:\n`);
  console.log(`  AWS_ENDPOINT_URL=${endpoint} npm start`);
  process.exitCode = 0;
}

main().catch(exitWithError);
