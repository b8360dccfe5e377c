import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { homedir, tmpdir } from "node:os";
import { basename, dirname, join, parse, relative, sep } from "node:path";

/** The state, the providers and the history, which a copy must not have. */
const LEFT_OUT = /^(\.terraform|\.git|\.terraform\.lock\.hcl|.*\.tfstate(\..*)?|crash.*\.log)$/;

/** A module's source on this machine, in HCL and in JSON. */
const LOCAL_SOURCE = /\bsource"?\s*[=:]\s*"(\.\.?\/[^"]*)"/g;

/** How many folders around a folder its paths may lead to, unless it is in a Git repository. */
const LEVELS = 3;

/**
 * Copies a folder of Terraform's files into another folder. Around the copy, links lead to the files and folders around the
 * original, because modules and sources may be there, such as in `../src`. Returns the copy's path.
 */
export function copyFolder(original: string, into: string): string {
  const root = findRoot(original);
  const names = relative(root, original).split(sep).filter(Boolean);
  let [from, to] = [root, into];
  for (const name of names) {
    mkdirSync(to, { recursive: true });
    for (const other of readdirSync(from)) {
      if (other !== name && !LEFT_OUT.test(other)) symlinkSync(join(from, other), join(to, other));
    }
    [from, to] = [join(from, name), join(to, name)];
  }
  // Relative links stay relative: the links around the copy make them work.
  cpSync(original, to, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (path) => path === original || !LEFT_OUT.test(basename(path)),
  });
  return to;
}

/**
 * Makes a path of a copy one to write to: folders take the place of the links that lead to it, with links to all that the
 * originals have.
 *
 * @param copies the folder of the copy and of the links around it
 */
export function detachFromOriginal(path: string, copies: string): void {
  const names = relative(copies, path).split(sep);
  if (names[0] === "..") return;
  const parents = names.slice(0, -1).map((_, index) => join(copies, ...names.slice(0, index + 1)));
  for (const folder of parents) {
    // The links in a folder appear with it.
    if (!isLink(folder)) continue;
    const original = realpathSync(folder);
    unlinkSync(folder);
    mkdirSync(folder);
    for (const name of readdirSync(original)) symlinkSync(join(original, name), join(folder, name));
  }
  if (isLink(path)) unlinkSync(path);
}

/** Terraform resolves a link to a module's folder: `path.module` would be the original, and archives would go there. */
export function detachModules(folder: string, copies: string, done = new Set<string>()): void {
  for (const name of readdirSync(folder).filter((each) => /\.tf(\.json)?$/.test(each))) {
    for (const [, source = ""] of readFileSync(join(folder, name), "utf8").matchAll(LOCAL_SOURCE)) {
      const found = join(folder, source);
      if (done.has(found) || !statSync(found, { throwIfNoEntry: false })?.isDirectory()) continue;
      done.add(found);
      detachFromOriginal(join(found, "any"), copies);
      detachModules(found, copies, done);
    }
  }
}

/** The folders of a copy and of its modules. Terraform must have installed them. */
export function modulesOf(folder: string, copies: string): string[] {
  const file = join(folder, ".terraform", "modules", "modules.json");
  if (!existsSync(file)) return [folder];
  const { Modules } = JSON.parse(readFileSync(file, "utf8")) as { Modules: readonly { readonly Dir: string }[] };
  const folders = new Set(Modules.map(({ Dir }) => join(folder, Dir)));
  return [...folders].filter((each) => existsSync(each) && !relative(copies, each).startsWith(".."));
}

/** Changes the texts of Terraform's files in folders of a copy. Returns whether one has changed. */
export function changeFiles(folders: readonly string[], copies: string, change: (text: string) => string): boolean {
  const files = folders.flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => /\.(tf|tfvars)(\.json)?$/.test(name))
      .map((name) => join(folder, name)),
  );
  return files.filter((file) => changeFile(file, copies, change)).length > 0;
}

/** Changes the text of a file of a copy. Returns whether it has changed. */
export function changeFile(file: string, copies: string, change: (text: string) => string): boolean {
  const text = readFileSync(file, "utf8");
  if (relative(copies, file).startsWith("..") || change(text) === text) return false;
  detachFromOriginal(file, copies);
  writeFileSync(file, change(text));
  return true;
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}

/** The outermost folder that paths of a folder may lead to. */
function findRoot(original: string): string {
  const around: string[] = [];
  for (let folder = dirname(original); folder !== dirname(folder); folder = dirname(folder)) around.push(folder);
  const repository = [original, ...around].find((folder) => existsSync(join(folder, ".git")));
  if (repository) return repository;
  const shared = [tmpdir(), homedir(), parse(original).root];
  const own = around.findIndex((folder) => shared.includes(folder));
  const levels = Math.min(LEVELS, own < 0 ? around.length : own);
  return around[levels - 1] ?? original;
}
