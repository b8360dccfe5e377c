import { mayInvoke } from "../../function/invoke-permission";
import type { LiveFunction } from "../../function/live-function";
import type { FunctionAlias, FunctionResource } from "../../inventory/functions";
import type { LogStream } from "../../records/log-stream";
import type { FunctionVersions } from "./function-versions";
import { QualifiedFunction } from "./qualified-function";

/** A function as an event names it: $LATEST, a version or an alias. */
export interface InvokedFunction extends Pick<ServedFunction, "name" | "arn" | "resource" | "mayBeInvokedBy"> {
  /** A version or an alias; undefined for $LATEST. */
  readonly qualifier?: string;
  readonly invoke: LiveFunction["invoke"];
}

/** A deployed function that runs here, with its versions and its log. */
export class ServedFunction {
  readonly invoke: LiveFunction["invoke"];

  constructor(
    public resource: FunctionResource,
    readonly live: LiveFunction,
    readonly log: LogStream,
    readonly versions: FunctionVersions,
  ) {
    this.invoke = (...event) => live.invoke(...event);
  }

  get address(): string {
    return this.resource.address;
  }

  get name(): string {
    return this.resource.name;
  }

  get arn(): string {
    return this.resource.arn;
  }

  /**
   * A version or an alias of the function; undefined if it does not exist.
   *
   * @param version the version that an alias has chosen already
   */
  qualified(qualifier: string | undefined, version?: string): InvokedFunction | undefined {
    if (!qualifier || qualifier === "$LATEST") return this;
    const exists = /^\d+$/.test(qualifier) || this.resource.aliases?.some(({ name }) => name === qualifier);
    return exists ? new QualifiedFunction(this, qualifier, version) : undefined;
  }

  /** Goes on with these aliases. */
  follow(aliases: readonly FunctionAlias[]): void {
    this.resource = { ...this.resource, aliases };
    this.versions.keep(aliases.flatMap(({ version, weights }) => [version, ...Object.keys(weights)]));
  }

  /** Whether the resource policy allows a service to invoke the function for a source, such as a rule. */
  mayBeInvokedBy(service: string, sourceArn: string): boolean {
    return mayInvoke(this.resource.policy, service, sourceArn);
  }

  /** Ends after the events that are under way. */
  async end(): Promise<void> {
    await Promise.all([this.live.end(), this.versions.end()]);
    await this.log.flush();
  }

  async stop(): Promise<void> {
    await Promise.all([this.live.stop(), this.versions.stop()]);
    await this.log.flush();
  }
}
