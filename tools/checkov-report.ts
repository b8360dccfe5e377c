/** A part of the output of `checkov --output json` for one framework. */
export interface CheckovReport {
  readonly summary?: { readonly resource_count: number };
  readonly results?: {
    readonly failed_checks: readonly FailedCheck[];
    readonly parsing_errors: readonly string[];
  };
}

interface FailedCheck {
  readonly check_id: string;
  readonly check_name: string;
  readonly file_path: string;
  readonly resource: string;
}

/**
 * Returns the problems, a line each: failed checks, and incomplete scans. checkov itself ends with 0 after a file that
 * it cannot parse, or without any file.
 *
 * @param synthesized the number of resources in the scanned files
 */
export function findings({ summary, results }: CheckovReport, synthesized: number): string[] {
  const scanned = summary?.resource_count ?? 0;
  return [
    ...(results?.parsing_errors ?? []).map((file) => `${file}: checkov cannot parse it`),
    ...(results?.failed_checks ?? []).map(
      ({ check_id, check_name, file_path, resource }) => `${file_path}: ${resource}: ${check_id} ${check_name}`,
    ),
    ...(scanned === synthesized ? [] : [`${scanned} of ${synthesized} resources were scanned`]),
  ];
}
