import { readStored } from "../../../runs/run-details";

test("a run is stored as its calls, the tables and the bucket say", async () => {
  const items = [{ table: "orders", item: { id: "a" } }];
  const calls = [{ service: "dynamodb", operation: "PutItem", resource: "orders", status: 200, time: 1000 }];
  const stored = await readStored(Promise.resolve({ calls, items }), Promise.resolve("requests/lines.gz"));
  expect(stored).toEqual({ calls, items, archivedIn: "requests/lines.gz", lookupError: undefined });
});

test("a table or a bucket that fails does not hide the run", async () => {
  const noTable = Promise.reject(new Error("Requested resource not found"));
  expect(await readStored(noTable, Promise.resolve("requests/lines.gz"))).toEqual({
    items: [],
    archivedIn: "requests/lines.gz",
    lookupError: "Requested resource not found",
  });
  const noBucket = Promise.reject(new Error("no bucket"));
  expect(await readStored(Promise.resolve({ items: [] }), noBucket)).toMatchObject({
    items: [],
    lookupError: "no bucket",
  });
});
