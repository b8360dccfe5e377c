import { Aspects, TerraformElement, TerraformResource, TerraformStack } from "cdktf";
import { makeUniqueId } from "cdktf/lib/private/unique";
import type { Construct } from "constructs";
import { namingPath } from "./deployed-names";

/**
 * Keeps the resources of a construct that got another id, or that moved within its stack. Without this, Terraform deletes
 * each of them and creates it again. An environment that was never deployed ignores it. A construct that is renamed again
 * gets another call, beside the former ones.
 *
 * @param formerPath the construct's former path below the stack, such as `api` or `monitoring/alarm-topic`
 * @example
 * const queue = new DeadLetterQueue(this, "failed-events", { queueName });
 * movedFrom(queue, "dead-letter-queue");
 */
export function movedFrom(construct: Construct, formerPath: string): void {
  const moves = Moves.of(construct);
  // An aspect, because a construct can get more children later.
  Aspects.of(construct).add({
    visit: (node) => {
      if (!(node instanceof TerraformResource)) return;
      const below = node.node.scopes.slice(construct.node.scopes.length).map((scope) => scope.node.id);
      moves.add(node, `${node.terraformResourceType}.${resourceName([...formerPath.split("/"), ...below])}`);
    },
  });
}

/** A stack's `moved` blocks, beside those of `moveFromId`. CDKTF itself takes one for a resource. */
class Moves extends TerraformElement {
  private readonly moved: { readonly from: string; readonly to: string }[] = [];

  static of(construct: Construct): Moves {
    const stack = TerraformStack.of(construct);
    return (stack.node.tryFindChild("moved-from") as Moves | undefined) ?? new Moves(stack, "moved-from");
  }

  /** Terraform refuses two moves to one address, and follows a chain from each of its addresses. */
  add(resource: TerraformResource, from: string): void {
    const address = `${resource.terraformResourceType}.${resource.friendlyUniqueId}`;
    const formerOf = (to: string) => this.moved.find((move) => move.to === to)?.from;
    const byId = resource.hasResourceMove();
    const chain = [address];
    let former = byId && "from" in byId ? byId.from : formerOf(address);
    for (; former && !chain.includes(former); former = formerOf(former)) chain.push(former);
    // Under its present address once more, the resource needs no move.
    if (!chain.includes(from)) this.moved.push({ from, to: chain.at(-1) ?? address });
  }

  override toTerraform(): object {
    return this.moved.length > 0 ? { moved: this.moved } : {};
  }
}

/** A resource's name in Terraform, from the ids of the constructs between the stack and the resource. */
export function resourceName(path: readonly string[]): string {
  return makeUniqueId([...namingPath(path)]);
}
