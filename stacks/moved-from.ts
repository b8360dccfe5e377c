import { Aspects, TerraformResource } from "cdktf";
import { makeUniqueId } from "cdktf/lib/private/unique";
import type { Construct } from "constructs";

/**
 * Keeps the resources of a construct that got another id, or that moved within its stack. Without this, Terraform deletes
 * each of them and creates it again. An environment that was never deployed ignores it.
 *
 * @param formerPath the construct's former path below the stack, such as `api` or `monitoring/alarm-topic`
 * @example
 * const queue = new DeadLetterQueue(this, "failed-events", { queueName });
 * movedFrom(queue, "dead-letter-queue");
 */
export function movedFrom(construct: Construct, formerPath: string): void {
  // An aspect, because a construct can get more children later.
  Aspects.of(construct).add({
    visit: (node) => {
      if (!(node instanceof TerraformResource)) return;
      const below = node.node.scopes.slice(construct.node.scopes.length).map((scope) => scope.node.id);
      node.moveFromId(`${node.terraformResourceType}.${resourceName([...formerPath.split("/"), ...below])}`);
    },
  });
}

/** A resource's name in Terraform, from the ids of the constructs between the stack and the resource. */
export function resourceName(path: readonly string[]): string {
  return makeUniqueId([...path]);
}
