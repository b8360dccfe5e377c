import { UserError } from "../cli/user-error";

/** Terraform's option for how long to wait for the state's lock. */
export function lockTimeout(duration = "0s"): string {
  return `-lock-timeout=${duration}`;
}

/** What Terraform says, and what to do about it. The first that fits is told; none promises that nothing was changed. */
const EXPLANATIONS: readonly (readonly [RegExp, (match: RegExpExecArray) => string])[] = [
  [/Error acquiring the state lock.*/s, ([message]) => explainLock(message)],
  [/Saved plan is stale/, () => "The plan is stale: the state has changed since it was made. Run npm run plan again."],
  [
    /S3 bucket "([^"]+)" does not exist/,
    ([, bucket]) => `The state bucket ${bucket} does not exist; run npm run bootstrap.`,
  ],
  [
    /No valid credential sources found|failed to refresh cached credentials|no EC2 IMDS role found/,
    () => "There are no AWS credentials; log in, so that aws sts get-caller-identity shows the account that you mean.",
  ],
  [
    /ExpiredToken|InvalidClientTokenId|SignatureDoesNotMatch|UnrecognizedClientException/,
    ([code]) => `AWS does not accept the credentials (${code}); log in again.`,
  ],
  [
    /S3: (\w+), .*(?:AccessDenied|StatusCode: 403)/,
    ([, action]) => `AWS denies access to the state bucket (${action}); check the role's permissions and the account.`,
  ],
  [
    /Failed to query available provider packages|Failed to install provider/,
    () => "Terraform cannot get its providers; check the network, or name a mirror in TF_PROVIDER_MIRROR.",
  ],
  [
    /request send failed, \w+ "[^"]*": ([^\n]+)/,
    ([, reason]) => `AWS cannot be reached (${reason}); check the network and AWS_ENDPOINT_URL.`,
  ],
  [
    /dial tcp .*(?:connection refused|no such host|i\/o timeout)/,
    ([reason]) => `AWS cannot be reached (${reason}); check the network and AWS_ENDPOINT_URL.`,
  ],
];

/**
 * Says in one line what is wrong and what to do, where that is known; rethrows every other error.
 *
 * @throws UserError
 */
export function explainFailure(error: unknown): never {
  if (!(error instanceof UserError)) throw error;
  for (const [pattern, explain] of EXPLANATIONS) {
    const match = pattern.exec(error.message);
    if (match) throw new UserError(explain(match));
  }
  throw error;
}

function explainLock(message: string): string {
  const field = (name: string) => new RegExp(`^\\s*${name}:\\s*(.*?)\\s*$`, "m").exec(message)?.[1] ?? "unknown";
  const since = field("Created").replace(/\.\d+ .*/, " UTC");
  return [
    `The state is locked by ${field("Who")} since ${since} (${field("Operation")}).`,
    "Nothing was changed. Wait for that run, or have this one wait with --lock-timeout 10m.",
    `If that run is certainly dead: terraform force-unlock ${field("ID")}, in the stack's folder.`,
  ].join(" ");
}
