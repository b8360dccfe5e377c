import type { Deployment } from "@local/terraform/deployment";
import type { Configuration, Terraform } from "@local/terraform/run/terraform";
import { createHostedZones, zonesReadBy } from "../../../start/hosted-zones";

const read = (...zones: object[]) => ({ aws_route53_zone: Object.fromEntries(zones.entries()) });

test.each<[string, object, object, string[]]>([
  ["that is read", read({ name: "example.com" }), {}, ["example.com"]],
  ["that is read twice", read({ name: "example.com." }, { name: "example.com" }), {}, ["example.com"]],
  [
    "of each of two stages",
    read({ name: "a.example.com" }, { name: "b.example.com" }),
    {},
    ["a.example.com", "b.example.com"],
  ],
  ["that the stack creates itself", read({ name: "example.com" }), read({ name: "example.com" }), []],
  ["whose name only Terraform knows", read({ name: "${var.zone}" }), {}, []],
  ["that is private or known by its id", read({ name: "example.com", private_zone: true }, { zone_id: "Z1" }), {}, []],
])("a zone %s", (_which, data, resource, expected) => {
  expect(zonesReadBy({ data, resource } as Configuration)).toEqual(expected);
});

test("a stack without data sources needs no zone, and no connection", async () => {
  const deployment = { connect: () => Promise.reject(new Error("connects")) };
  const stack = { configuration: () => ({ resource: {} }) } as unknown as Terraform;
  await createHostedZones(deployment, stack, () => {});
});

test("a missing zone is created by a reference that is its name; one that exists stays alone", async () => {
  const sent: object[] = [];
  const zones = new Set(["b.example.com.", "a.example.com.au."]);
  const send = async ({ input }: { readonly input: { readonly Name?: string } }) => {
    if (input.Name) sent.push(input);
    return { HostedZones: [...zones].map((Name) => ({ Name })) };
  };
  const deployment = { connect: async () => ({ route53: { send } }) } as unknown as Deployment;
  const data = read({ name: "a.example.com" }, { name: "b.example.com" });
  const stack = { configuration: () => ({ resource: {}, data }) } as unknown as Terraform;
  const lines: string[] = [];
  await createHostedZones(deployment, stack, (line) => lines.push(line));
  expect(sent).toEqual([{ Name: "a.example.com", CallerReference: "a.example.com" }]);
  expect(lines).toEqual([expect.stringContaining("now has the hosted zone a.example.com. On AWS, it must exist")]);
});
