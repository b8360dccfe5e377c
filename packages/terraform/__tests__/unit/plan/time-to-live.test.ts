import { UserError } from "@local/command-line/user-error";
import { refuseOtherTtlAttribute } from "../../../plan/time-to-live";

const on = (attribute_name: string) => ({ ttl: [{ attribute_name, enabled: true }] });
const OFF = { ttl: [{ attribute_name: "", enabled: false }] };

function refuse(before: unknown, after: unknown, action = "update", type = "aws_dynamodb_table") {
  const change = { actions: action.split(","), before, after };
  refuseOtherTtlAttribute({ resource_changes: [{ address: `${type}.any`, mode: "managed", type, change }] });
}

test("another TTL attribute is refused while TTL is on, and the message says what to do", () => {
  expect(() => refuse(on("ExpiresAt"), on("Until"))).toThrow(UserError);
  expect(() => refuse(on("ExpiresAt"), on("Until"))).toThrow(
    "DynamoDB takes no other TTL attribute while TTL is on (aws_dynamodb_table.any: ExpiresAt → Until). Apply a plan without TTL first. Then set the new attribute; AWS takes the second change after up to an hour.",
  );
});

test("a plan that is refused for its renames is taken, so that it is shown", () => {
  const change = { actions: ["update"], before: on("ExpiresAt"), after: on("Until") };
  const resource = { address: "aws_dynamodb_table.any", mode: "managed", type: "aws_dynamodb_table", change };
  const renamed = [{ from: "aws_x.a", to: "aws_x.b", id: "1", same: ["name"], remedy: "move" as const }];
  expect(() => refuseOtherTtlAttribute({ resource_changes: [resource], renamed })).not.toThrow();
});

test.each<[string, Parameters<typeof refuse>]>([
  ["TTL is switched on", [OFF, on("ExpiresAt")]],
  ["TTL is switched off", [on("ExpiresAt"), { ttl: [{ attribute_name: "ExpiresAt", enabled: false }] }]],
  ["TTL stays", [on("ExpiresAt"), on("ExpiresAt")]],
  ["a table is new", [null, on("ExpiresAt"), "create"]],
  ["a table is replaced", [on("ExpiresAt"), on("Until"), "delete,create"]],
  ["a table had no such block", [{ ttl: [] }, on("ExpiresAt")]],
  ["another resource has attributes of these names", [on("ExpiresAt"), on("Until"), "update", "other_table"]],
])("a plan is taken where %s", (_what, planned) => {
  expect(() => refuse(...planned)).not.toThrow();
});
