import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** The folders with sources. Those in the project's own folder count, too. */
const SOURCE_FOLDERS = ["settings", "stacks", "constructs", "commands", "tools"];

/** What else decides what the compiler makes: its options, itself and the packages' types. */
const DECISIVE = [
  "tsconfig.json",
  "tsconfig.build.json",
  "commands/tsconfig.json",
  "package.json",
  "node_modules/.package-lock.json",
  "node_modules/typescript/package.json",
];

/** Another process's lock is not believed for longer. */
const MAX_LOCK_MS = 120_000;
const POLL_MS = 50;

/**
 * Compiles all commands, unless that was done since anything has changed. Asking the compiler itself takes half a second
 * or, on a busy machine, several.
 *
 * @param {string} project its folder
 * @param {string} compiled the file that is needed
 * @returns {Promise<boolean>} false after errors, which the compiler has printed on standard error
 */
export async function compileIfStale(project, compiled) {
  const dist = join(project, "dist");
  const stamp = join(dist, "commands", ".compiled");
  const isFresh = () => existsSync(compiled) && readStamp(stamp).sources === describeSources(project);
  if (isFresh()) return true;
  const unlock = await lock(join(dist, "commands", ".compiling"));
  try {
    // Another process may just have done it.
    return isFresh() || (await compile(project, { dist, stamp, isIncomplete: !existsSync(compiled) }));
  } finally {
    unlock();
  }
}

async function compile(project, { dist, stamp, isIncomplete }) {
  // What is saved from now on must be compiled the next time.
  const sources = describeSources(project);
  const before = describeShared(dist);
  // The compiler writes only what has changed since its own last time. `npm run build` writes some of the same files, and
  // may have done so from another branch.
  if (isIncomplete || readStamp(stamp).shared !== before)
    rmSync(join(dist, "commands", ".tsbuildinfo"), { force: true });
  writeStamp(stamp, { shared: before });
  if (!(await runCompiler(project))) return false;
  const after = describeShared(dist);
  if (after !== before) rmSync(join(dist, ".tsbuildinfo"), { force: true });
  writeStamp(stamp, { sources, shared: after });
  return true;
}

async function runCompiler(project) {
  // Whoever waits for longer should know what for.
  const notice = setTimeout(() => console.error("Compiling TypeScript"), 400);
  // Node.js before 20.10 cannot run TypeScript's own bin/tsc, which has no extension.
  const tsc = join(project, "node_modules", "typescript", "lib", "tsc.js");
  // A command's standard output must not contain compile errors.
  const compiler = spawn(process.execPath, [tsc, "-p", join(project, "commands")], {
    stdio: ["ignore", process.stderr, process.stderr],
  });
  const [status, signal] = await once(compiler, "close");
  clearTimeout(notice);
  if (signal) console.error(`Error: TypeScript's compiler was ended by ${signal}; run the command again.`);
  return status === 0;
}

function readStamp(stamp) {
  try {
    return JSON.parse(readFileSync(stamp, "utf8"));
  } catch {
    return {};
  }
}

/** Another process must not read half of it. */
function writeStamp(stamp, content) {
  const unfinished = `${stamp}.${process.pid}`;
  writeFileSync(unfinished, JSON.stringify(content));
  renameSync(unfinished, stamp);
}

function describeSources(project) {
  const below = SOURCE_FOLDERS.flatMap((folder) =>
    readdirSync(join(project, folder), { recursive: true }).map((file) => join(folder, file)),
  );
  const sources = [...readdirSync(project), ...below].filter((file) => file.endsWith(".ts"));
  return describeFiles(project, [...sources.sort(), ...DECISIVE]);
}

/** Describes the compiled application, which the commands import, and which `npm run build` compiles, too. */
function describeShared(dist) {
  const files = existsSync(dist) ? readdirSync(dist, { recursive: true }) : [];
  const shared = files.filter((file) => file.endsWith(".js") && !/^(commands|tools)[\\/]/.test(file));
  return describeFiles(dist, shared.sort());
}

/** A file's time of change cannot be set back, unlike that of its content, which some tools restore. */
function describeFiles(folder, files) {
  return files
    .map((file) => {
      const { mtimeMs, ctimeMs, size, ino } = statSync(join(folder, file), { throwIfNoEntry: false }) ?? {};
      return [file, mtimeMs, ctimeMs, size, ino].join(" ");
    })
    .join("\n");
}

/** Waits until no other process compiles into the same folder. Returns how to let the next one. */
async function lock(file) {
  mkdirSync(join(file, ".."), { recursive: true });
  for (;;) {
    try {
      writeFileSync(file, String(process.pid), { flag: "wx" });
      return () => rmSync(file, { force: true });
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
    }
    if (isLeftBehind(file)) rmSync(file, { force: true });
    else await sleep(POLL_MS);
  }
}

function isLeftBehind(file) {
  try {
    const pid = Number(readFileSync(file, "utf8"));
    if (Date.now() - statSync(file).mtimeMs > MAX_LOCK_MS) return true;
    // It is empty for a moment, while it is written.
    if (pid) process.kill(pid, 0);
    return false;
  } catch (error) {
    // EPERM: somebody else's process. ENOENT: it has just been removed.
    return error.code === "ESRCH";
  }
}
