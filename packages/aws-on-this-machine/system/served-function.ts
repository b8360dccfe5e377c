import { mayInvoke } from "../function/invoke-permission";
import type { LiveFunction } from "../function/live-function";
import type { FunctionResource } from "../inventory/functions";
import type { LogStream } from "../records/log-stream";

/** A deployed function that runs here, with its log. */
export class ServedFunction {
  constructor(
    public resource: FunctionResource,
    readonly live: LiveFunction,
    readonly log: LogStream,
  ) {}

  get address(): string {
    return this.resource.address;
  }

  get name(): string {
    return this.resource.name;
  }

  get arn(): string {
    return this.resource.arn;
  }

  /** Whether the resource policy allows a service to invoke the function for a source, such as a rule. */
  mayBeInvokedBy(service: string, sourceArn: string): boolean {
    return mayInvoke(this.resource.policy, service, sourceArn);
  }

  /** Ends after the events that are under way. */
  async end(): Promise<void> {
    await this.live.end();
    await this.log.flush();
  }

  async stop(): Promise<void> {
    await this.live.stop();
    await this.log.flush();
  }
}
