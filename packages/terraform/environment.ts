import { mkdirSync, writeFileSync } from "node:fs";
import { devNull } from "node:os";
import { dirname, join } from "node:path";
import { withoutLocalProxy } from "@local/command-line/process/run-command";
import { UserError } from "@local/command-line/user-error";

/**
 * Throws a UserError if an endpoint is not on this machine, because commands deploy to it without confirmation. Returns
 * 127.0.0.1 for localhost: with an IP address, S3 clients use path-style requests.
 */
export function loopbackEndpoint(endpoint: string): string {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (url?.hostname === "localhost") url.hostname = "127.0.0.1";
  if (!url || !/^(127(\.\d+){3}|\[::1\])$/.test(url.hostname)) {
    throw new UserError(
      `AWS_ENDPOINT_URL is ${endpoint}, which is not on this machine; unset it, or set it to an emulator at http://127.0.0.1:PORT.`,
    );
  }
  return url.origin;
}

/** The user's emulator from `AWS_ENDPOINT_URL`. Throws a UserError if it is on another machine. */
export function userEmulator(): string | undefined {
  const endpoint = process.env.AWS_ENDPOINT_URL;
  return endpoint ? loopbackEndpoint(endpoint) : undefined;
}

/** Throws a UserError if the emulator does not answer. */
export async function requireEmulator(endpoint: string): Promise<void> {
  try {
    await fetch(endpoint);
  } catch {
    throw new UserError(
      `No emulator answers at AWS_ENDPOINT_URL ${endpoint}; start \`npm run emulator\`, or unset it.`,
    );
  }
}

/** The user's variables that any program may need. Version managers find a program by variables of their own. */
const KEPT =
  /^(PATH|HOME|USER|LOGNAME|SHELL|LANG|LANGUAGE|LC_\w+|TZ|TERM|COLORTERM|NO_COLOR|FORCE_COLOR|CI|TMPDIR|LD_LIBRARY_PATH|(NIX|XDG|PYENV|NODENV|ASDF|MISE|RTX|AQUA|PROTO|HERMIT|VOLTA|NVM|FNM|TFENV|TENV)_\w+)$/;

/** The variables of programs that download. */
export const FETCHING = /^((HTTP|HTTPS|ALL)_PROXY|SSL_CERT_FILE|SSL_CERT_DIR|NODE_EXTRA_CA_CERTS)$/i;

/** The variables of pip. */
export const PIP = /^(PIP_\w+|REQUESTS_CA_BUNDLE)$/;

/** The variables of the application and of the CDKTF CLI. */
const APPLICATION = /^(ENVIRONMENT|SYNTH_HCL_OUTPUT|TERRAFORM|TERRAFORM_BINARY_NAME|npm_config_offline)$/;

/** moto's account: https://docs.getmoto.org/en/latest/docs/multi_account.html */
export const EMULATOR_ACCOUNT = "123456789012";

/** The variables that AWS SDKs need for the emulator, beside its endpoint. */
export const EMULATOR_ACCESS = {
  AWS_ACCESS_KEY_ID: "test",
  AWS_SECRET_ACCESS_KEY: "test",
  AWS_CONFIG_FILE: devNull,
  AWS_SHARED_CREDENTIALS_FILE: devNull,
  AWS_EC2_METADATA_DISABLED: "true",
  // No name server knows `sync-127.0.0.1`, to which boto3 would send StartSyncExecution.
  AWS_DISABLE_HOST_PREFIX_INJECTION: "true",
} as const;

/**
 * The environment of programs that work on this machine: an allow-list of the user's variables, because others could lead
 * them to AWS, or change what they do.
 *
 * @param others further allowed names
 */
export function localEnvironment(...others: readonly RegExp[]): NodeJS.ProcessEnv {
  const allowed = [KEPT, ...others];
  const variables = Object.entries(process.env).filter(([name]) => allowed.some((names) => names.test(name)));
  return { ...Object.fromEntries(variables), ...withoutLocalProxy() };
}

/** The environment in which Terraform, the CDKTF CLI and AWS SDKs use only the emulator. */
export function emulatorEnvironment(endpoint: string): NodeJS.ProcessEnv {
  return {
    ...localEnvironment(FETCHING, APPLICATION, PIP),
    ...EMULATOR_ACCESS,
    AWS_ENDPOINT_URL: loopbackEndpoint(endpoint),
    CHECKPOINT_DISABLE: "1",
    TF_IN_AUTOMATION: "1",
    TF_INPUT: "0",
  };
}

/**
 * Gives the AWS CLI its option for the endpoint. Versions before 1.29 and 2.13 do not read AWS_ENDPOINT_URL, and no version
 * 1 reads a variable for SQS: it sends SQS's requests to AWS (its `overridesslcommonname.py`).
 *
 * @param bin the script's folder, which the script removes from the PATH
 */
const awsCli = (bin: string) => `#!/bin/sh
own=:${quote(bin)}:
PATH=:$PATH:
while rest=\${PATH#*"$own"} && [ "$rest" != "$PATH" ]; do PATH=\${PATH%%"$own"*}:$rest; done
PATH=\${PATH#:} PATH=\${PATH%:}
if ! command -v aws >/dev/null; then
  echo "aws: the AWS CLI is not on the PATH; install it, or add its folder." >&2
  exit 127
fi
exec aws \${AWS_ENDPOINT_URL:+"--endpoint-url=$AWS_ENDPOINT_URL"} "$@"
`;

/**
 * Writes a shell script that sets the deployment's variables for AWS and Terraform, for `.` in another terminal. It
 * first unsets all others, such as a profile or a single service's endpoint, which could lead to AWS. Beside it, it writes
 * an `aws` that is first on the PATH there.
 *
 * @param terraform the Terraform that a shell and the CDKTF CLI then find, even if it is not on the PATH
 */
export function writeEnvironmentScript(
  file: string,
  environment: NodeJS.ProcessEnv,
  terraform?: { readonly path: string; readonly isOnPath: boolean },
): void {
  const bin = join(dirname(file), "bin");
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, "aws"), awsCli(bin), { mode: 0o755 });
  const isElsewhere = terraform !== undefined && !terraform.isOnPath;
  const folders = [bin, ...(isElsewhere ? [dirname(terraform.path)] : [])];
  const variables = Object.entries({
    ...environment,
    ...(isElsewhere ? { TERRAFORM_BINARY_NAME: terraform.path } : {}),
  }).filter(([name]) => /^(AWS|TF|CHECKPOINT|TERRAFORM)_/.test(name));
  const lines = [
    "unset $(env | sed -n 's/^\\(\\(AWS\\|TF\\)_[A-Z0-9_]*\\)=.*/\\1/p')",
    ...variables.map(([name, value = ""]) => `export ${name}=${quote(value)}`),
    `export PATH=${quote(folders.join(":"))}:"$PATH"`,
    // Requests to the emulator must not go through a proxy.
    'NO_PROXY="${no_proxy:-${NO_PROXY-}}"',
    '[ "$NO_PROXY" = "*" ] || NO_PROXY="127.0.0.1,localhost,::1,$NO_PROXY"',
    'export NO_PROXY no_proxy="$NO_PROXY"',
  ];
  writeFileSync(file, lines.map((line) => `${line}\n`).join(""));
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
