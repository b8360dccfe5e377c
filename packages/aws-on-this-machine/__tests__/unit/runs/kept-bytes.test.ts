import { BoundedLog } from "../../../function/invocation";
import { beginningOf, KeptBytes } from "../../../runs/kept-bytes";
import { logEntry } from "./records";

test.each([
  ["text", Buffer.from("žluťoučký"), "žluťoučký", false],
  ["nothing", Buffer.alloc(0), "", false],
  ["bytes that are no UTF-8", Buffer.from([137, 0, 255]), "iQD/", true],
  ["much", Buffer.alloc(100_000, "ž"), "ž".repeat(50_000), false],
])("%s is kept as it is", (_what, bytes, text, isBase64) => {
  const kept = new KeptBytes(bytes);
  expect(kept.describe()).toEqual({ text, isBase64, bytes: bytes.length, isCut: false });
  expect([kept.isWhole, kept.read().equals(bytes)]).toEqual([true, true]);
});

test.each([
  ["a", 10],
  ["ž", 9],
  ["注", 10],
  ["🦊", 11],
])("cut within a character, text of %s stays text", (character, limit) => {
  const kept = new KeptBytes(Buffer.from(character.repeat(3000)));
  kept.cut(limit);
  const { text, isBase64, bytes, isCut } = kept.describe();
  expect([isBase64, isCut, bytes]).toEqual([false, true, Buffer.byteLength(character) * 3000]);
  expect(text).toBe(character.repeat(Math.floor(limit / Buffer.byteLength(character))));
});

test("what was not there is not whole", () => {
  expect(new KeptBytes(Buffer.alloc(0), 5).describe()).toEqual({ text: "", isBase64: false, bytes: 5, isCut: true });
});

test("a text's beginning is valid text", () => {
  expect(beginningOf("abc", 3)).toBe("abc");
  expect(beginningOf("a🦊c", 2)).toBe("a\ufffd");
});

test("a log of more than 4 MB keeps its newest entries", () => {
  const log = new BoundedLog();
  for (let number = 0; number < 6000; number += 1) log.add(logEntry(`${number} ${"x".repeat(1000)}`));
  expect(log.isCut).toBe(true);
  expect(log.length).toBeLessThanOrEqual(4 * 1024 * 1024);
  expect(log.entries.at(-1)?.raw).toMatch(/^5999 /);
  expect(log.entries.reduce((length, { raw }) => length + raw.length, 0)).toBe(log.length);
});
