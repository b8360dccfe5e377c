/** The function's event for other places. */

import { indentJson } from "../ui/json.js";
import { quote } from "./curl.js";

/** @type {(functionName: string, event: string) => string} a command that gives the function the same event */
export function lambdaCommand(functionName, event) {
  return [
    `aws lambda invoke --function-name ${quote(functionName)}`,
    "--cli-binary-format raw-in-base64-out",
    `--payload ${quote(event)}`,
    "/dev/stdout",
  ].join(" \\\n  ");
}

/** @type {(event: string) => string} for a test in Python; JSON never has three quotation marks in a row */
export const pythonEvent = (event) =>
  `import json\n\nEVENT = json.loads(\n    r"""\n${indentJson(event) ?? event}\n"""\n)\n`;
