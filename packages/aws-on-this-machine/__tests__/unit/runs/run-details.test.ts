import { readStored } from "../../../runs/run-details";

test("what is stored of a run is what the table and the bucket say", async () => {
  const stored = await readStored(Promise.resolve({ RequestId: "a" }), Promise.resolve("requests/lines.gz"));
  expect(stored).toEqual({ item: { RequestId: "a" }, archivedIn: "requests/lines.gz", lookupError: undefined });
});

test("a table or a bucket that fails does not hide the run", async () => {
  const noTable = Promise.reject(new Error("Requested resource not found"));
  expect(await readStored(noTable, Promise.resolve("requests/lines.gz"))).toEqual({
    item: undefined,
    archivedIn: "requests/lines.gz",
    lookupError: "Requested resource not found",
  });
  const noBucket = Promise.reject(new Error("no bucket"));
  expect(await readStored(Promise.resolve(undefined), noBucket)).toMatchObject({ lookupError: "no bucket" });
});
