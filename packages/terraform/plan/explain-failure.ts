import { UserError } from "@local/command-line/user-error";
import { explainMove } from "./left-behind";

/** Terraform's option with the maximum wait for the state's lock. */
export function lockTimeout(duration = "0s"): string {
  return `-lock-timeout=${duration}`;
}

/** Terraform's error for a plan whose state has changed. */
export const STALE_PLAN = /Saved plan is stale/;

/**
 * Explanations of the errors of Terraform and of AWS's SDK; the first match counts. Only the lock's explanation may say
 * that the run changed nothing.
 */
const EXPLANATIONS: readonly (readonly [RegExp, (match: RegExpExecArray) => string])[] = [
  [/Error acquiring the state lock(?=.*Lock Info:).*/s, ([message]) => explainLock(message)],
  [
    /^terraform was ended by .*/,
    ([message]) => `${message} If the state is still locked, that run says since when, and how to unlock it.`,
  ],
  [STALE_PLAN, () => "The plan is stale: the state has changed since it was made. Run npm run plan again."],
  [
    /requested bucket from "([^"]+)", actual location "([^"]*)"/,
    ([, to = "", from = ""]) => explainMove("The state bucket is", from, to),
  ],
  [
    /Instance cannot be destroyed.*?Resource (\S+)/s,
    ([, address]) =>
      `The plan deletes ${address}, which dataProtection protects; to allow that, first apply "dataProtection": false for the environment.`,
  ],
  [
    /AWS account ID not allowed: (\d+)/,
    ([, account]) =>
      `Terraform is logged in to account ${account}, which the settings do not allow; log in to the account that cdktf.json sets.`,
  ],
  [
    /S3 bucket "([^"]+)" does not exist/,
    ([, bucket]) => `The state bucket ${bucket} does not exist; run npm run bootstrap with the same ENVIRONMENT.`,
  ],
  [
    /reading S3 Bucket \(([^)]+)\): couldn't find resource/,
    ([, bucket]) =>
      `The bucket ${bucket} does not exist; if it is for artifacts, run npm run bootstrap with the same ENVIRONMENT.`,
  ],
  [
    /No valid credential sources found|failed to refresh cached credentials|no EC2 IMDS role found|(Credentials|Token)ProviderError/,
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
    /Could not retrieve providers for locking.*could not\s+connect to\s+([\w.-]*\w)/s,
    ([, registry]) =>
      `${registry} does not answer, and only it has the providers for all platforms; run npm run lock where it does.`,
  ],
  [
    /Failed to query available provider packages|Failed to install provider/,
    () => "Terraform cannot get its providers; check the network, or name a mirror in TF_PROVIDER_MIRROR.",
  ],
  [
    /request send failed, \w+ "[^"]*": ([^\n]+)|(dial tcp .*(?:connection refused|no such host|i\/o timeout))/,
    ([, reason, dial]) => `AWS cannot be reached (${reason ?? dial}); check the network and AWS_ENDPOINT_URL.`,
  ],
  [
    /^AWS: .*(ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|socket hang up|TimeoutError)/,
    ([, reason]) => `AWS cannot be reached (${reason}); check the network and AWS_ENDPOINT_URL.`,
  ],
];

/** Throws a UserError in place of Terraform's and AWS's errors, with a short explanation of a known one; rethrows others. */
export function explainFailure(error: unknown): never {
  const failure = isAwsError(error) ? new UserError(`AWS: ${error.name}: ${error.message || error.code}`) : error;
  if (!(failure instanceof UserError)) throw failure;
  for (const [pattern, explain] of EXPLANATIONS) {
    const match = pattern.exec(failure.message);
    if (match) throw new UserError(explain(match), failure.details);
  }
  throw failure;
}

/** Whether an error is of AWS's SDK: an answer with an error, or no answer. */
function isAwsError(error: unknown): error is Error & { readonly code?: string } {
  return error instanceof Error && ("$metadata" in error || /ProviderError$/.test(error.name));
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
