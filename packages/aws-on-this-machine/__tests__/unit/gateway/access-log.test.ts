import { formatAccessLog } from "../../../gateway/access-log";

test.each([
  ["a variable", "$context.path", { path: "/orders" }, "/orders"],
  ["a variable with a dot in its name", "$context.error.message", { "error.message": "no" }, "no"],
  ["a number", "$context.status ms", { status: 0 }, "0 ms"],
  ["a variable without a value", "$context.integrationErrorMessage", {}, "-"],
  ["what is no variable", "$stage $context", {}, "$stage $context"],
  ["a variable next to text", '"$context.path","$context.path"', { path: "/" }, '"/","/"'],
])("%s", (_what, format, values, line) => {
  expect(formatAccessLog(format, values)).toBe(line);
});

test.each(['a "quoted" agent', "line\nbreak", "back\\slash", "\u0000", "$context.path", "$&", "ž🦊"])(
  "a value %j stays one in a line of JSON",
  (agent) => {
    const line = formatAccessLog('{"agent":"$context.identity.userAgent"}', { "identity.userAgent": agent, path: "/" });
    expect(line).not.toContain("\n");
    expect(JSON.parse(line)).toEqual({ agent });
  },
);
