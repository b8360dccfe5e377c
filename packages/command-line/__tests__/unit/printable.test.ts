import { cutMiddle, printable } from "../../printable";

test("control and format characters are replaced, all others stay", () => {
  expect(printable("a\u001b[31mb\u009bc\u202ed\ne é 日本 👍")).toBe("a�[31mb�c�d�e é 日本 👍");
});

test("tabs have a width", () => {
  expect(printable("a\tb")).toBe("a    b");
});

test.each([
  ["short", 5, "short"],
  ["/first/second/third", 11, "/firs…third"],
  ["/first/second/third", 10, "/fir…third"],
  ["👍👍👍👍👍", 5, "👍…👍"],
  ["👍👍👍👍👍", 4, "…👍"],
  ["日本語のパス", 9, "日本…パス"],
  ["text", 1, "…"],
  ["text", 0, ""],
  ["text", Infinity, "text"],
])("%s in %d characters is %s", (text, width, expected) => {
  expect(cutMiddle(text, width)).toBe(expected);
});
