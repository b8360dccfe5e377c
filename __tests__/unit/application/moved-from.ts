import { SnsTopic } from "@cdktf/provider-aws/lib/sns-topic";
import { SqsQueue } from "@cdktf/provider-aws/lib/sqs-queue";
import { Construct } from "constructs";
import { movedFrom } from "../../../stacks/moved-from";
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
