import type { S3Client } from "@aws-sdk/client-s3";
import type { RunRecord } from "../runs/run-record";
import type { ArchivedLog } from "../system/running-system";
import { flushLogs, type ServedApi } from "../system/served-apis";
import { LogArchive } from "./log-archive";

/** The archived access logs of all APIs. */
export class ArchivedLogs {
  private readonly byBucket = new Map<string, LogArchive>();

  constructor(
    private readonly s3: S3Client,
    private readonly apis: () => readonly ServedApi[],
  ) {}

  /** Reads the newest lines and objects, newest first, up to a limit for each. */
  async read(limit: number): Promise<ArchivedLog> {
    await Promise.all(this.apis().map(flushLogs));
    const buckets = new Set(this.apis().flatMap(bucketsOf));
    const read = await Promise.all([...buckets].map((bucket) => this.open(bucket).read(limit)));
    const objects = read.flatMap((archive) => archive.objects).sort((one, other) => other.time - one.time);
    const logs = this.apis().flatMap(({ accessLogs }) => [...accessLogs.values()]);
    const failure = logs.find((log) => log.failure)?.failure?.message;
    return { objects: objects.slice(0, limit), lines: read.flatMap(({ lines }) => lines).slice(0, limit), failure };
  }

  /** Finds the object with a run's line, and keeps its key in the run. */
  async find(run: RunRecord): Promise<string | undefined> {
    const api = this.apis().find(({ deployed }) => deployed.address === run.apiAddress);
    if (run.archivedIn || !run.accessLog || !api) return run.archivedIn;
    await flushLogs(api);
    for (const bucket of new Set(bucketsOf(api))) {
      run.archivedIn ??= await this.open(bucket).find(run.accessLog, run.endTime);
    }
    return run.archivedIn;
  }

  private open(bucket: string): LogArchive {
    const archive = this.byBucket.get(bucket) ?? new LogArchive(this.s3, bucket);
    this.byBucket.set(bucket, archive);
    return archive;
  }
}

function bucketsOf({ deployed }: ServedApi): string[] {
  return deployed.stages.flatMap(({ archiveBucket }) => archiveBucket ?? []);
}
