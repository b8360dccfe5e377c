import { readFileSync } from "node:fs";
import { basename } from "node:path";

/** Names of secrets. They are left out, with a warning. */
const SECRETS = [
  /^\.env(\..*|rc)?$/,
  /\.(pem|key|p12|pfx|jks|keystore|ppk|kdbx)$/i,
  /^id_(rsa|dsa|ecdsa|ed25519)(_sk)?$/,
  /^\.(netrc|npmrc|pypirc|pgpass|htpasswd|aws|ssh|gnupg|docker)$/,
];

/** Names that secrets often have, but also what a function reads. They are deployed, with a warning. */
const SUSPECTS = [
  /^credentials(\.(json|csv|ini|toml|ya?ml))?$/i,
  /^secrets?\.(json|ini|toml|ya?ml)$/i,
  /^(client[-_]?secret|service[-_]?account).*\.json$/i,
];

/** Names of what belongs to this machine or to tools, not to the function. */
const OTHERS = [
  // Version control
  /^\.(git.*|hg|hgignore|svn)$/,
  // Virtual environments, beside those that contain pyvenv.cfg
  /^\.venv$/,
  // Caches
  /^__pycache__$/,
  /\.py[co]$/,
  /^\.(pytest_cache|mypy_cache|dmypy\.json|ruff_cache|pytype|pyre|hypothesis|tox|nox|cache|eggs|ipynb_checkpoints)$/,
  /^(\.coverage(\..*)?|htmlcov)$/,
  // Output of tools
  /^(\.terraform|\.serverless|\.aws-sam|\.chalice|cdk\.out|cdktf\.out)$/,
  // Editors: settings, locks, backups and half-written files
  /^\.(idea|vscode|vs|fleet|project|pydevproject|spyproject|ropeproject)$/,
  /^\.#|^#.*#$|~$|\.sw[nop]$|^4913$|___jb_(tmp|old|bak)___$|^\.goutputstream-|\.kate-swp$|\.sublime-workspace$/,
  // Operating systems and network drives
  /^(\.DS_Store|\._.*|__MACOSX|Thumbs\.db|desktop\.ini|\.nfs[0-9a-f]+|\.fuse_hidden.*)$/,
];

/** Whether the package leaves out a file or a folder of a function's source. docs/function.md lists the names. */
export function isLeftOut(file: string): boolean {
  return OTHERS.some((pattern) => pattern.test(basename(file))) || (isSecret(file) && !isPublic(file));
}

/** Whether the name of a file or a folder says that it is a secret. */
export function isSecret(file: string): boolean {
  return SECRETS.some((pattern) => pattern.test(basename(file)));
}

/** Whether a file may hold a secret that its function reads. */
export function isSuspect(file: string): boolean {
  return SUSPECTS.some((pattern) => pattern.test(basename(file)));
}

/** Certificates and public keys: packages such as certifi bring those that they trust. */
function isPublic(file: string): boolean {
  if (!/\.pem$/i.test(file)) return false;
  try {
    const text = readFileSync(file, "latin1");
    return text.includes("-----BEGIN ") && !/PRIVATE KEY( BLOCK)?-----/.test(text);
  } catch {
    return false;
  }
}
