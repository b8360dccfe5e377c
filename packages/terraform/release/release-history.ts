/** A deployment that began to move invocations from one version of a function to another. */
export interface Shift {
  readonly from: string;
  readonly to: string;
  readonly isDone: boolean;
  readonly endedAt?: Date | undefined;
}

/** The deployments of one function since one of its versions was published. */
export class ReleaseHistory {
  /** @param shifts the newest first */
  constructor(readonly shifts: readonly Shift[]) {}

  /** The version from which a release came to a version; undefined if there was no such release. */
  predecessor(version: string): string | undefined {
    return this.releaseOf(version)?.from;
  }

  /** The time when a release made a version live; undefined if a rollback did, or no deployment. */
  releasedAt(version: string): Date | undefined {
    const release = this.releaseOf(version);
    return release && release === this.shifts.find(({ isDone }) => isDone) ? release.endedAt : undefined;
  }

  /** Whether a version that is not live was released, and lost the invocations to an older version. */
  isTakenBack(version: string): boolean {
    const last = this.shifts.find(({ from, to }) => from === version || to === version);
    return last !== undefined && (last.to === version || isRollback(last));
  }

  private releaseOf(version: string): Shift | undefined {
    return this.shifts.find((shift) => shift.to === version && shift.isDone && !isRollback(shift));
  }
}

/** Whether a deployment moves invocations to an older version. */
export function isRollback({ from, to }: Pick<Shift, "from" | "to">): boolean {
  return Number(to) < Number(from);
}
