import { connect } from "node:net";
import { beforeShutdown, exitAfterOutput } from "@local/command-line/process/shutdown";
import { requireEmulator } from "@local/terraform/environment";
import pc from "picocolors";
import type { EmulatorListeners } from "../emulator/emulator";

/** The interval of the checks of the user's emulator, in milliseconds. */
const LOOK_MS = 2000;

/** Shows an emulator's failures at once. Its unexpected end is shown and ends this process, with exit code 1. */
export class EmulatorReports implements EmulatorListeners {
  lastFailure: string | undefined;
  private readonly counts = new Map<string, number>();

  readonly onFailure = (failure: string): void => {
    this.lastFailure = failure;
    // Reasons may contain ids. The type of an exception is enough.
    const [key] = /^.*? is answered \d+: (?:[\w.]+(?=:|$))?/.exec(failure) ?? [failure];
    const count = (this.counts.get(key) ?? 0) + 1;
    this.counts.set(key, count);
    // Terraform repeats a request for minutes. Each line stands for twice as many failures as the one before.
    if (!Number.isInteger(Math.log2(count))) return;
    console.error(`${pc.red("The AWS emulator fails")}: ${failure}${count > 1 ? ` (${count} times)` : ""}`);
  };

  readonly onEnd = (reason: string): void => {
    console.error(`${pc.red("Error")}: ${reason}`);
    // Not by shutDown: the rest of the logs, and the events under way, have nowhere to go.
    void exitAfterOutput(1);
  };

  readonly whyStuck = (): string | undefined =>
    this.lastFailure && `The AWS emulator's last failure: ${this.lastFailure}`;
}

/** Watches the user's emulator from now on. Throws a UserError if it does not answer. */
export async function openUserEmulator(endpoint: string) {
  await requireEmulator(endpoint);
  const unwatch = watchUserEmulator(endpoint, (notice) => console.error(pc.yellow(notice)));
  beforeShutdown(async () => unwatch());
  return { endpoint, whyStuck: () => `The terminal or log of the emulator at ${endpoint} may say why.` };
}

/** Reports when the user's emulator stops answering, and when it answers again. Returns a function that ends the watch. */
export function watchUserEmulator(endpoint: string, tell: (notice: string) => void, lookMs = LOOK_MS): () => void {
  let isThere = true;
  let isEnded = false;
  const look = async () => {
    const wasThere = isThere;
    isThere = await accepts(new URL(endpoint));
    if (isEnded) return;
    if (wasThere && !isThere) {
      tell(
        `The AWS emulator at ${endpoint} has ended. Start another one with \`npm run emulator\`, and npm start again with its address.`,
      );
    } else if (!wasThere && isThere) {
      tell(`An AWS emulator answers at ${endpoint} again. If it is a new one, it is empty: run npm start again.`);
    }
    setTimeout(look, lookMs).unref();
  };
  void look();
  return () => {
    isEnded = true;
  };
}

/** Whether a server listens there. A request would be a line in the emulator's log. */
function accepts({ hostname, port, protocol }: URL): Promise<boolean> {
  return new Promise((done) => {
    const host = hostname.replace(/^\[|\]$/g, "");
    const socket = connect({ host, port: Number(port || (protocol === "https:" ? 443 : 80)) });
    const end = (isThere: boolean) => () => {
      socket.destroy();
      done(isThere);
    };
    socket.once("connect", end(true)).once("error", end(false));
  });
}
