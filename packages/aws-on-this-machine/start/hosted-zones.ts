import type { Deployment } from "@local/terraform/deployment";
import type { Configuration, Terraform } from "@local/terraform/run/terraform";

const TYPE = "aws_route53_zone";

interface ZoneValues {
  readonly name?: string;
  readonly private_zone?: boolean;
}

/** The names of the public hosted zones that a stack reads and does not create. */
export function zonesReadBy({ data, resource }: Pick<Configuration, "data" | "resource">): string[] {
  const namesIn = (blocks: Configuration["resource"] = {}) =>
    Object.values<ZoneValues>(blocks[TYPE] ?? {}).flatMap(({ name, private_zone }) =>
      // Terraform alone knows the value of an expression.
      name === undefined || name.includes("${") || private_zone ? [] : [name.replace(/\.$/, "")],
    );
  const created = namesIn(resource);
  return [...new Set(namesIn(data))].filter((name) => !created.includes(name));
}

/**
 * Creates the hosted zones that a stack only reads, where an emulator lacks them. On AWS, they exist before the stack. The
 * emulator derives their ids from their names, so that the state of one emulator fits another one.
 *
 * @param note takes one line about each created zone
 */
export async function createHostedZones(
  deployment: Pick<Deployment, "connect">,
  stack: Pick<Terraform, "configuration">,
  note: (line: string) => void,
): Promise<void> {
  const names = zonesReadBy(stack.configuration());
  if (names.length === 0) return;
  const {
    CreateHostedZoneCommand,
    ListHostedZonesByNameCommand,
  }: typeof import("@aws-sdk/client-route-53") = require("@aws-sdk/client-route-53");
  const { route53 } = await deployment.connect();
  for (const name of names) {
    const { HostedZones = [] } = await route53.send(new ListHostedZonesByNameCommand({ DNSName: name }));
    if (HostedZones.some(({ Name }) => Name === `${name}.`)) continue;
    await route53.send(new CreateHostedZoneCommand({ Name: name, CallerReference: name }));
    note(`The emulator now has the hosted zone ${name}. On AWS, it must exist before an apply.`);
  }
}
