import type { Aws } from "@local/terraform/aws";
import { type EventSource, openEventSource } from "../event-sources/event-source";
import type { EventSourceResource } from "../inventory/event-sources";
import type { FunctionRuns, Origin } from "../runs/function-runs";
import type { InvokedFunction } from "./functions/served-function";
import type { EventSourceSummary } from "./running-system";

export interface ServedEventSourcesProps {
  readonly aws: Aws;
  readonly functionRuns: FunctionRuns;
  readonly findFunction: (arn: string) => InvokedFunction | undefined;
  readonly onNotice: (notice: string) => void;
  readonly isApplying?: () => boolean;
}

interface Served {
  readonly resource: EventSourceResource;
  readonly source?: EventSource;
  /** The reason why it does not run. */
  readonly problem?: string;
}

/** The event source mappings that run here. */
export class ServedEventSources {
  private readonly byId = new Map<string, Served>();
  /** The ends of former sources, by their mappings. */
  private readonly ending = new Map<string | undefined, Promise<void>>();

  constructor(private readonly props: ServedEventSourcesProps) {}

  /** Goes on with these mappings. A changed one starts anew, after the events that are under way. Does not wait for them. */
  async update(resources: readonly EventSourceResource[]): Promise<void> {
    const ids = new Set(resources.map(idOf));
    const gone = [...this.byId].filter(([id]) => !ids.has(id));
    for (const [id, served] of gone) {
      this.byId.delete(id);
      this.end(served);
    }
    for (const resource of resources) {
      const id = idOf(resource);
      // Its function may run by now.
      if (!this.byId.get(id)?.source) this.byId.set(id, this.open(resource));
    }
  }

  summaries(): EventSourceSummary[] {
    return [...this.byId.values()].map(({ resource: { address, mapping }, problem }) => ({
      address,
      functionName: functionName(mapping.FunctionArn),
      source: sourceName(mapping.EventSourceArn),
      isEnabled: isEnabled(mapping.State),
      problem,
    }));
  }

  async stop(): Promise<void> {
    await Promise.all([...this.byId.values()].map(({ source }) => source?.stop()));
    await Promise.all(this.ending.values());
  }

  private end({ resource: { mapping }, source }: Served): void {
    if (!source) return;
    const { onNotice } = this.props;
    const ended = source.stop().catch(({ name, message }: Error) => {
      // Terraform has deleted the queue, and its messages with it.
      if (name !== "QueueDoesNotExist") onNotice(`${mapping.EventSourceArn}: ${message}`);
    });
    this.ending.set(mapping.UUID, ended);
    void ended.then(() => this.ending.get(mapping.UUID) === ended && this.ending.delete(mapping.UUID));
  }

  private open(resource: EventSourceResource): Served {
    const { mapping } = resource;
    const { aws, functionRuns, findFunction, onNotice, isApplying } = this.props;
    if (!isEnabled(mapping.State)) return { resource };
    const find = () => findFunction(mapping.FunctionArn ?? "");
    const fn = find();
    if (!fn) return { resource, problem: `${functionName(mapping.FunctionArn)} does not run on this machine.` };
    const origin: Origin = {
      source: mapping.EventSourceArn?.includes(":sqs:") ? "queue" : "stream",
      path: sourceName(mapping.EventSourceArn),
    };
    try {
      const source = openEventSource({
        mapping,
        aws,
        invoke: ({ key, event }) => functionRuns.attempt(find() ?? fn, key, event, origin),
        settle: (key, end) => functionRuns.settle(fn, key, end),
        onNotice,
        isApplying,
        predecessor: this.ending.get(mapping.UUID),
      });
      return { resource, source };
    } catch (error) {
      return { resource, problem: (error as Error).message };
    }
  }
}

/** A mapping with another configuration has another id. */
function idOf({ mapping: { LastModified: _, StateTransitionReason: __, ...mapping } }: EventSourceResource): string {
  return JSON.stringify(mapping);
}

function isEnabled(state = ""): boolean {
  return !/^Disabl/.test(state);
}

function functionName(arn = ""): string {
  return arn.split(":")[6] ?? arn;
}

/** The name of a queue, a table or a stream. */
function sourceName(arn = ""): string {
  const name = arn.split(":")[5] ?? arn;
  return name.split("/")[1] ?? name;
}
