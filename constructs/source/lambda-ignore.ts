import ignore from "ignore";

export const LAMBDA_IGNORE = ".lambdaignore";

/**
 * Reads the lines of a `.lambdaignore`, which has the syntax of `.gitignore`. They add to the names that every package
 * leaves out, and bring none of these back.
 *
 * @returns whether the package leaves out a path, relative to the source and with a slash at the end of a folder's
 */
export function readLambdaIgnore(lines: string): (path: string) => boolean {
  // Case counts on every machine, as in the names of Python's modules.
  const rules = ignore({ ignorecase: false }).add(lines);
  // Deployed code says by its requirements.txt that it has packages.
  return (path) => path === LAMBDA_IGNORE || (path !== "requirements.txt" && rules.ignores(path));
}
