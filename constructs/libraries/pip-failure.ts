import type { Platform } from "./pip";

/**
 * The cause of a failure and its remedy, for the line of a SourceError.
 *
 * @param output the lines of pip
 */
export function explainFailure(output: string, platform: Platform): string {
  const of = `for ${platform.runtime} on ${platform.architecture}`;
  if (/No module named '?pip\b/.test(output)) return "python3 has no pip, which installs the packages; install it";
  return (
    explainConnection(output) ??
    explainHashes(output) ??
    explainVersions(output, of) ??
    `pip cannot install the packages ${of}: ${firstError(output)}`
  );
}

function explainConnection(output: string): string | undefined {
  if (!/connection broken by|Max retries exceeded|NetworkConnectionError/.test(output)) return undefined;
  const [, reason = "no connection"] = /(?:Errno -?\d+\] |failed: |timed out[^(]*\()([^'"\])]+)/.exec(output) ?? [];
  return `pip does not reach the package index (${reason.trim()}); mend the connection, or name another index in PIP_INDEX_URL`;
}

function explainHashes(output: string): string | undefined {
  const [, changed, got] = /^\s+(\S+).*:\n(?:\s+(?:Expected|or) .*\n)+\s+Got\s+(\w+)/m.exec(output) ?? [];
  if (changed) return `${changed} has the hash ${got}, which is not in the file; if you trust it, correct the hash`;
  const lacking = /missing from some requirements|versions pinned with ==/.test(output);
  if (!lacking) return undefined;
  const names = [...output.matchAll(/^ {4}(\S+)/gm)].map(([, name]) => name);
  return `has hashes, so each installed package needs a line with a version and a hash; add ${names.join(", ")}`;
}

function explainVersions(output: string, of: string): string | undefined {
  const [, requirement, versions] =
    /satisfies the requirement (.+?) (?:\(from [^v].*\) )?\(from versions: (.*)\)/.exec(output) ?? [];
  if (!requirement) return undefined;
  const fit = versions === "none" ? "no version has one" : `these versions have one: ${versions}`;
  return `${requirement} has no wheel ${of}; ${fit}`;
}

function firstError(output: string): string {
  const lines = output.split("\n").map((line) => line.trim());
  const error = lines.find((line) => /^ERROR: /.test(line)) ?? lines.filter(Boolean).at(-1) ?? "no reason given";
  return error.replace(/^ERROR: /, "");
}
