import { statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PROJECT_FOLDER } from "../project";

/** The texts of ENOSPC and EDQUOT in Node.js, Python, Go and C. ENOSPC alone also stands for too many watched folders. */
const FULL = /no space left on device|disk quota exceeded/i;

/** A disk with less is full for a larger file. */
const MIN_FREE_BYTES = 1024 * 1024;

/** If a full disk is the reason for an error, returns a line that says which disk, and what to do. */
export function explainFullDisk(error: string): string | undefined {
  const reason = error.split("\n").find((line) => FULL.test(line));
  if (!reason) return undefined;
  const folders = [tmpdir(), PROJECT_FOLDER, join(PROJECT_FOLDER, "node_modules", ".cache")].filter(isFull);
  const where = folders.length > 0 ? `The disk of ${folders.join(" and of ")} is full` : "A disk is full";
  const elsewhere = folders.includes(tmpdir()) ? ", or set TMPDIR to a folder on another one" : "";
  return `${where}; free some space there${elsewhere}. ${reason.trim().replace(/^Error: /, "")}`;
}

function isFull(folder: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize < MIN_FREE_BYTES;
  } catch {
    return false;
  }
}
