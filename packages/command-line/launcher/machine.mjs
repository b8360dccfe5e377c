import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/**
 * Finds the reason why a project's commands cannot run on this machine. It must also run in old versions of Node.js.
 *
 * @param {string} project its folder
 * @returns {string | undefined} the reason and the remedy, as a line
 */
export function findObstacle(project) {
  if (process.platform === "win32") {
    return "this project runs on Linux, on macOS and, on Windows, in WSL; run `wsl --install`, and the command in there.";
  }
  const { engines } = readPackage(project);
  const required = engines.node.replace(">=", "");
  if (rank(process.versions.node) < rank(required)) {
    return `Node.js ${process.versions.node} is too old; install ${required} or later.`;
  }
  const folders = [project, ...readdirSync(join(project, "packages")).map((name) => join(project, "packages", name))];
  const changed = Math.max(...folders.map((folder) => timeOf(join(folder, "package.json"))));
  // Reading all the packages' versions takes 20 ms.
  if (timeOf(join(project, "node_modules", ".package-lock.json")) > changed) return undefined;
  const manifests = folders.map(readPackage);
  const wanted = manifests.flatMap((manifest) =>
    Object.entries({ ...manifest.dependencies, ...manifest.devDependencies }),
  );
  const [first, ...others] = [...new Map(wanted)]
    .filter(([name, version]) => readPackage(join(project, "node_modules", name)).version !== version)
    .map((entry) => entry.join(" "));
  const more = others.length > 0 ? ` and ${others.length} more packages` : "";
  return first && `node_modules lacks ${first}${more}; run \`npm ci\`.`;
}

function rank(version) {
  const [major, minor] = version.split(".").map(Number);
  return major * 1000 + minor;
}

/** When a file was last written, in milliseconds since 1970; 0 without it. */
function timeOf(file) {
  const stats = statSync(file, { throwIfNoEntry: false });
  return stats ? stats.mtimeMs : 0;
}

function readPackage(folder) {
  try {
    return JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  } catch {
    return {};
  }
}
