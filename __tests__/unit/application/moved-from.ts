import { SnsTopic } from "@cdktf/provider-aws/lib/sns-topic";
import { SqsQueue } from "@cdktf/provider-aws/lib/sqs-queue";
import { Construct } from "constructs";
import { movedFrom, resourceName } from "../../../stacks/moved-from";
import { synthesize } from "./synthesize";

/** The stack's JSON, where a construct of nested resources has a path. */
function withConstructAt(path: readonly string[], formerPath?: string) {
  const json = synthesize((stack) => {
    const construct = path.reduce<Construct>((scope, id) => new Construct(scope, id), stack);
    new SqsQueue(construct, "queue", {});
    if (formerPath) movedFrom(construct, formerPath);
    // Added later, and of an id that CDKTF leaves out of the name.
    new SnsTopic(new Construct(construct, "topics"), "topics", {});
    new SqsQueue(stack, "beside", {});
  });
  return JSON.parse(json);
}

function addresses({ resource }: ReturnType<typeof withConstructAt>): string[] {
  return Object.entries<object>(resource).flatMap(([type, all]) => Object.keys(all).map((name) => `${type}.${name}`));
}

test.each([
  [["new"], "old"],
  [["new"], "monitoring/old-queue"],
  [["parent", "old"], "old"],
  [["parent", "new"], "other/old"],
])("everything below %j keeps its address of %s", (path, former) => {
  const moved: { from: string; to: string }[] = withConstructAt(path, former).moved;
  const beside = "aws_sqs_queue.beside";
  expect([...moved.map(({ from }) => from), beside].sort()).toEqual(
    addresses(withConstructAt(former.split("/"))).sort(),
  );
  expect([...moved.map(({ to }) => to), beside].sort()).toEqual(addresses(withConstructAt(path)).sort());
});

const queueThat = (move: (construct: Construct, queue: SqsQueue) => void) => {
  const json = synthesize((stack) => {
    const construct = new Construct(stack, "new");
    move(construct, new SqsQueue(construct, "queue", {}));
  });
  return JSON.parse(json).moved;
};
const address = (...path: string[]) => `aws_sqs_queue.${resourceName(path)}`;

test.each<[string, Parameters<typeof queueThat>[0], string[]]>([
  [
    "a construct that is renamed twice",
    (construct) => {
      for (const path of ["old", "older", "oldest"]) movedFrom(construct, path);
    },
    [address("old", "queue"), address("older", "queue"), address("oldest", "queue")],
  ],
  [
    "a construct that also has a renamed resource",
    (construct, queue) => {
      movedFrom(construct, "old");
      movedFrom(construct, "older");
      queue.moveFromId("aws_sqs_queue.first");
    },
    ["aws_sqs_queue.first", address("old", "queue"), address("older", "queue")],
  ],
  [
    "a construct with a renamed part",
    (construct, queue) => {
      movedFrom(construct, "old");
      movedFrom(queue, "new/old-queue");
    },
    [address("old", "queue"), address("new", "old-queue")],
  ],
  [
    "a construct that has its first id again",
    (construct) => {
      movedFrom(construct, "new");
      movedFrom(construct, "between");
      movedFrom(construct, "between");
    },
    [address("between", "queue")],
  ],
])("%s comes from each address, in a chain", (_what, move, addresses) => {
  const chain = [address("new", "queue"), ...addresses];
  const moved = addresses.map((from, index) => ({ from, to: chain[index] }));
  expect(queueThat(move)).toHaveLength(moved.length);
  expect(queueThat(move)).toEqual(expect.arrayContaining(moved));
});

test("exchanged constructs are left to Terraform, which refuses them", () => {
  const json = synthesize((stack) => {
    for (const [id, former] of [
      ["a", "b"],
      ["b", "a"],
      ["a", "c"],
    ] as const) {
      const construct = (stack.node.tryFindChild(id) as Construct | undefined) ?? new Construct(stack, id);
      if (construct.node.children.length === 0) new SqsQueue(construct, "queue", {});
      movedFrom(construct, former);
    }
  });
  expect(JSON.parse(json).moved).toHaveLength(3);
});

test("a construct that is renamed after an update keeps the resources whose addresses are older than the update", () => {
  const json = synthesize((stack) => {
    const monitoring = new Construct(stack, "alarms");
    new SqsQueue(monitoring, "processor-errors", {});
    movedFrom(monitoring, "monitoring");
  });
  const [move] = JSON.parse(json).moved;
  expect(move.from).toBe("aws_sqs_queue.monitoring_function-errors_E03BB383");
});
