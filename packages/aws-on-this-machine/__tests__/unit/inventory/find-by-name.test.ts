import { findByName } from "../../../inventory/find-by-name";

const ORDERS = { address: "aws_sqs_queue.orders", name: "shop-orders" };
const LETTERS = { address: "aws_sqs_queue.letters", name: "shop-letters" };

test.each([
  ["its name", "shop-letters", LETTERS],
  ["its address", "aws_sqs_queue.orders", ORDERS],
])("a resource is found by %s", (_what, name, expected) => {
  expect(findByName([ORDERS, LETTERS], name, "queue")).toBe(expected);
});

test("an empty name finds the only one", () => {
  expect(findByName([ORDERS], "", "queue")).toBe(ORDERS);
});

test.each([
  [[ORDERS, LETTERS], "", "Choose a queue: shop-orders, shop-letters."],
  [[ORDERS, LETTERS], "mails", "There is no queue mails; there are shop-orders, shop-letters."],
  [[ORDERS], "mails", "There is no queue mails; there are shop-orders."],
  [[], "mails", "The system has no queue."],
  [[], "", "The system has no queue."],
])("of %j, '%s' finds none: %s", (all, name, message) => {
  expect(() => findByName(all, name, "queue")).toThrow(message);
});

test("a resource that Terraform may still create is missing for now", () => {
  const later = "Terraform is applying the stacks, and may still create it.";
  expect(() => findByName([ORDERS], "mails", "queue", true)).toThrow(
    `There is no queue mails; there are shop-orders. ${later}`,
  );
  expect(() => findByName([], "mails", "queue", true)).toThrow(`The system has no queue. ${later}`);
});
