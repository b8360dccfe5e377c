import type { FunctionConfiguration } from "@aws-sdk/client-lambda";
import { InvokeError } from "../../function/invocation";
import type { LiveFunction } from "../../function/live-function";

export interface FunctionVersionsProps {
  /** $LATEST, which also runs the versions that equal it. */
  readonly latest: LiveFunction;
  readonly read: (version: string) => Promise<FunctionConfiguration>;
  readonly open: (version: string) => Promise<LiveFunction>;
}

interface Version {
  configuration?: FunctionConfiguration;
  /** Its own processes, once its code is not that of $LATEST. */
  opened?: Promise<LiveFunction>;
  live?: LiveFunction;
  /** The number of events under way. */
  events: number;
}

/** The published versions of a function. Those whose code is not that of $LATEST have processes of their own. */
export class FunctionVersions {
  private readonly versions = new Map<string, Version>();
  private named: ReadonlySet<string> = new Set();
  private readonly ending = new Set<Promise<void>>();

  constructor(private readonly props: FunctionVersionsProps) {}

  /** Those that run in processes of their own. */
  get running(): LiveFunction[] {
    return [...this.versions.values()].flatMap(({ live = [] }) => live);
  }

  /** Gives an event to a version. Throws InvokeError if there is none. */
  async run<T>(name: string, handle: (live: LiveFunction) => Promise<T>): Promise<T> {
    const version = this.versions.get(name) ?? { events: 0 };
    this.versions.set(name, version);
    version.events += 1;
    try {
      return await handle(await this.find(name, version));
    } finally {
      version.events -= 1;
      this.endUnnamed();
    }
  }

  /** Ends all versions but these, after their events. Does not wait for that. */
  keep(names: readonly string[]): void {
    this.named = new Set(names);
    this.endUnnamed();
  }

  /** Ends after the events that are under way. */
  async end(): Promise<void> {
    await Promise.all([...this.ending, ...this.opened().map(async (live) => (await live).end())]);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.opened().map(async (live) => (await live).stop()), ...this.ending]);
  }

  private opened(): Promise<LiveFunction>[] {
    return [...this.versions.values()].flatMap(({ opened = [] }) => opened);
  }

  private async find(name: string, version: Version): Promise<LiveFunction> {
    const { latest, read, open } = this.props;
    try {
      version.configuration ??= await read(name);
      if (latest.runs(version.configuration)) return latest;
      version.opened ??= open(name);
      version.live = await version.opened;
      return version.live;
    } catch (error) {
      version.opened = undefined;
      throw new InvokeError("ResourceNotFoundException", (error as Error).message);
    }
  }

  private endUnnamed(): void {
    for (const [name, { events, opened }] of this.versions) {
      if (events > 0 || this.named.has(name)) continue;
      this.versions.delete(name);
      const ended = opened?.then((live) => live.end()).catch(() => {});
      if (!ended) continue;
      this.ending.add(ended);
      void ended.then(() => this.ending.delete(ended));
    }
  }
}
