import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

/** The project's folder: the nearest one above this file that has a cdktf.json (this file also runs from `dist`). */
export const PROJECT_FOLDER = findProjectFolder(__dirname);

function findProjectFolder(folder: string): string {
  return existsSync(join(folder, "cdktf.json")) ? folder : findProjectFolder(dirname(folder));
}
