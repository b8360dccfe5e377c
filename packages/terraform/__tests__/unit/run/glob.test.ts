import { matchesGlob } from "../../../run/archive/glob";

test.each([
  ["a.py", ["a.py"], ["sub/a.py", "aXpy"]],
  ["*.pyc", ["a.pyc"], ["sub/a.pyc"]],
  ["**/*.pyc", ["a.pyc", "sub/a.pyc", "sub/deep/a.pyc"], ["a.py"]],
  ["tests/**", ["tests", "tests/a", "tests/b/c"], ["tests2/a"]],
  ["**/__pycache__", ["__pycache__", "a/__pycache__"], ["a/__pycache__/b"]],
  ["[!a]?.{md,txt}", ["bc.md", "bc.txt"], ["ac.md", "bc.py", "b/.md"]],
  ["a\\*b(c)", ["a*b(c)"], ["axb(c)"]],
])("%s", (pattern, matching, others) => {
  expect(matching.filter((path) => !matchesGlob(pattern, path))).toEqual([]);
  expect(others.filter((path) => matchesGlob(pattern, path))).toEqual([]);
});
