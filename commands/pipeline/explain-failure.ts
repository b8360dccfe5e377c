import { UserError } from "../cli/user-error";

/** Terraform's option with the maximum wait for the state's lock. */
export function lockTimeout(duration = "0s"): string {
  return `-lock-timeout=${duration}`;
}

/** Explanations of Terraform's errors; the first match counts. Only the lock's may say that nothing was changed. */
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
    /request send failed, \w+ "[^"]*": ([^\n]+)|(dial tcp .*(?:connection refused|no such host|i\/o timeout))/,
    ([, reason, dial]) => `AWS cannot be reached (${reason ?? dial}); check the network and AWS_ENDPOINT_URL.`,
  ],
];

/** Throws an error with a short explanation in place of a known error of Terraform, and rethrows others. */
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
