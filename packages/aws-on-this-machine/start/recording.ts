import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { PROJECT_FOLDER } from "@local/command-line/project";

/** The folder of the recordings. `npm ci` empties it. */
export const RECORDINGS = join(PROJECT_FOLDER, "node_modules", ".cache", "deployments");

/** Enough for a few branches and environments. */
const KEPT = 5;

export interface RecordedDeployment {
  /** The requests that changed something, as recording.py has them, and the status of each answer. */
  readonly requests: readonly unknown[];
  /** The state of the stack with the state bucket. */
  readonly localState: string;
  /** The state of the system, as it is in its bucket in the end. */
  readonly systemState: string;
}

/** A deployment's recording. It brings a new emulator into the same state in seconds. */
export class Recording {
  readonly file: string;

  /**
   * @param decisive all texts that determine the result of a deployment, and so its recording
   * @param cache a folder for recordings
   */
  constructor(
    decisive: readonly string[],
    private readonly cache: string,
  ) {
    const key = createHash("sha256").update(JSON.stringify(decisive)).digest("hex").slice(0, 32);
    this.file = join(cache, `${key}.json.gz`);
  }

  /** The time of the recording, in milliseconds since 1970; `undefined` without a recording. */
  get time(): number | undefined {
    return existsSync(this.file) ? statSync(this.file).mtimeMs : undefined;
  }

  /** Throws an error if it is damaged. */
  read(): RecordedDeployment {
    return JSON.parse(gunzipSync(readFileSync(this.file)).toString());
  }

  /** Keeps a recording here, and discards all but the newest others. */
  save(recorded: RecordedDeployment): void {
    mkdirSync(this.cache, { recursive: true });
    const unfinished = `${this.file}.${process.pid}`;
    try {
      writeFileSync(unfinished, gzipSync(JSON.stringify(recorded)), { mode: 0o600 });
      renameSync(unfinished, this.file);
    } catch (error) {
      // Such as of a full disk, where it would stay.
      rmSync(unfinished, { force: true });
      throw error;
    }
    const files = readdirSync(this.cache).map((name) => join(this.cache, name));
    // Another start may just have removed one.
    const time = (file: string) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    for (const file of files.sort((one, other) => time(other) - time(one)).slice(KEPT)) rmSync(file, { force: true });
  }

  discard(): void {
    rmSync(this.file, { force: true });
  }
}
