import { Construct } from "constructs";
import { addressOf, idOf, plainName } from "../../../../constructs/address";
import { synthesize } from "../synthesize";

test("a construct's path is that below its stack, and constructs that look alike have other ids", () => {
  synthesize((stack) => {
    const [one, other] = [
      new Construct(new Construct(stack, "a"), "b-c"),
      new Construct(new Construct(stack, "a-b"), "c"),
    ];
    expect([one, other].map(addressOf)).toEqual(["a/b-c", "a-b/c"]);
    expect([one, other].map(idOf)).toEqual(["a--b-c", "a-b--c"]);
  });
});

test("a name keeps what AWS takes, and a digest tells apart what would become alike", () => {
  expect(plainName("read-orders", 128)).toBe("read-orders");
  const alike = ["get /a/{b}", "get /a/b", "get /a-b"].map((text) => plainName(text, 64));
  expect(new Set(alike).size).toBe(3);
  const long = ["a", "b"].map((end) => plainName(`${"x".repeat(200)}${end}`, 100));
  expect(new Set(long).size).toBe(2);
  for (const name of [...alike, ...long]) expect(name).toMatch(/^[\w-]{1,100}$/);
});
