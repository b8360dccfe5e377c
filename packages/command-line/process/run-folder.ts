import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UserError } from "../user-error";

/** The maximum length of a Unix socket's path, in bytes. */
const MAX_SOCKET_PATH = process.platform === "darwin" ? 103 : 107;

/** The longest path of a socket below TMPDIR: that of one of Terraform's providers. */
const LONGEST_SOCKET = "/run-XXXXXX/again/plugin4294967295";

/**
 * Makes a temporary folder for the files of a run. It is removed when this process exits (except by SIGKILL). Throws a
 * UserError if TMPDIR is no folder to write to, or too long for the sockets in it.
 */
export function makeRunFolder(): string {
  const folder = makeFolder(tmpdir());
  process.on("exit", () => {
    // Killed processes may still write for a moment.
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  });
  return folder;
}

function makeFolder(parent: string): string {
  const limit = MAX_SOCKET_PATH - LONGEST_SOCKET.length;
  const remedy = "set TMPDIR to another folder, such as TMPDIR=/tmp.";
  if (Buffer.byteLength(parent) > limit) {
    throw new UserError(`TMPDIR is ${parent}; with more than ${limit} bytes, it is too long for sockets; ${remedy}`);
  }
  try {
    return mkdtempSync(join(parent, "run-"));
  } catch (error) {
    throw new UserError(`TMPDIR is ${parent}, where no folder can be made: ${(error as Error).message}; ${remedy}`);
  }
}
