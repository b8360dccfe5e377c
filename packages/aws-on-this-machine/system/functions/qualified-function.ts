import type { InvocationRecord } from "../../function/invocation";
import { mayInvoke } from "../../function/invoke-permission";
import type { FunctionAlias, FunctionResource } from "../../inventory/functions";
import type { InvokedFunction, ServedFunction } from "./served-function";

/** A version or an alias of a function. */
export class QualifiedFunction implements InvokedFunction {
  /** @param version the version that the alias has chosen already; by default, it chooses one for each event */
  constructor(
    private readonly fn: ServedFunction,
    readonly qualifier: string,
    private readonly version?: string,
  ) {}

  get name(): string {
    return this.fn.name;
  }

  get arn(): string {
    return `${this.fn.arn}:${this.qualifier}`;
  }

  /** The function with the settings that an alias has for itself. */
  get resource(): FunctionResource {
    const { policy, invokeConfig } = this.alias ?? this.fn.resource;
    return { ...this.fn.resource, policy, invokeConfig };
  }

  mayBeInvokedBy(service: string, sourceArn: string): boolean {
    return mayInvoke(this.resource.policy, service, sourceArn);
  }

  readonly invoke: InvokedFunction["invoke"] = async (event, requestId, traceId, onStart) => {
    const { qualifier } = this;
    // A save moves the alias.
    await this.fn.live.upToDate();
    const version = this.version ?? chooseVersion(this.alias) ?? qualifier;
    const begin = (invocation: InvocationRecord) => {
      Object.assign(invocation, { version, qualifier });
      onStart?.(invocation);
    };
    const named = { functionArn: this.arn, version };
    const handled = this.fn.versions.run(version, (live) => live.invoke(event, requestId, traceId, begin, named));
    return { ...(await handled), version };
  };

  private get alias(): FunctionAlias | undefined {
    return this.fn.resource.aliases?.find(({ name }) => name === this.qualifier);
  }
}

/**
 * Chooses a version by the weights of an alias.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html
 */
export function chooseVersion(alias: FunctionAlias | undefined, random = Math.random()): string | undefined {
  let left = random;
  for (const [version, weight] of Object.entries(alias?.weights ?? {})) {
    if (left < weight) return version;
    left -= weight;
  }
  return alias?.version;
}
