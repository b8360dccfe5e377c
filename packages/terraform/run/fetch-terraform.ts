import { createHash, randomUUID } from "node:crypto";
import { chmodSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { UserError } from "@local/command-line/user-error";
import { unzipSync } from "fflate";

/** Terraform's name of this machine's platform. */
export const PLATFORM = `${process.platform}_${process.arch === "x64" ? "amd64" : process.arch}`;

/** The advice where Terraform cannot be fetched. */
export const INSTALL = "Install Terraform 1.10 or later, or set TERRAFORM to its path.";

/** A version of Terraform, and the site of its release. */
export interface Release {
  readonly version: string;
  /** The site's address, without a slash at the end. */
  readonly site: string;
  /** The SHA-256 sum of the zip file for each platform. */
  readonly sums: Readonly<Record<string, string>>;
  /** The longest silence of the site, in milliseconds. */
  readonly patience: number;
}

/**
 * The version that CI and the workflows pin, too. Independent packagers agree on the sums: HashiCorp's homebrew-tap and
 * Wh1t3Fox/tempor on all four, Yleisradio/homebrew-terraforms on both for macOS, chromebrew/chromebrew on linux_amd64.
 */
export const RELEASE: Release = {
  version: "1.11.4",
  site: "https://releases.hashicorp.com",
  sums: {
    linux_amd64: "1ce994251c00281d6845f0f268637ba50c0005657eb3cf096b92f753b42ef4dc",
    linux_arm64: "a43d1d0da9b9bab214a8305a39db0e40869572594ccf50c416a7756499143633",
    darwin_amd64: "a56d5002b9f7647291faccc3dd1a70350e60fb61e4c45037629508b8fdc2575b",
    darwin_arm64: "867e0808fa971217043e25b7a792b10720c79b1546f8a68479b74f138be73e18",
  },
  patience: 30_000,
};

/**
 * Fetches a release for this machine's platform to a path. A failure leaves no partial file there. Throws a UserError
 * if the fetch fails.
 *
 * @param onProgress called with the progress, such as `34 % of 27.9 MB`
 */
export async function fetchTerraform(
  release: Release,
  path: string,
  onProgress: (text: string) => void,
): Promise<void> {
  const { version, site, patience } = release;
  const sum = release.sums[PLATFORM];
  if (!sum) throw new UserError(`No Terraform can be fetched for ${PLATFORM}. ${INSTALL}`);
  const url = `${site}/terraform/${version}/terraform_${version}_${PLATFORM}.zip`;
  const zip = await download(url, patience, onProgress);
  const actual = createHash("sha256").update(zip).digest("hex");
  if (actual !== sum) {
    throw new UserError(
      `${url} is not the Terraform that is meant: its SHA-256 sum is ${actual}, not ${sum}. ${INSTALL}`,
    );
  }
  const { terraform } = unzipSync(zip, { filter: ({ name }) => name === "terraform" });
  if (!terraform) throw new UserError(`${url} has no file terraform. ${INSTALL}`);
  keep(terraform, path);
}

async function download(url: string, patience: number, onProgress: (text: string) => void): Promise<Buffer> {
  const connection = new AbortController();
  const silence = new Error(`no byte arrived for ${patience / 1000} s`);
  const timer = setTimeout(() => connection.abort(silence), patience);
  const chunks: Uint8Array[] = [];
  let received = 0;
  let hasBegun = false;
  try {
    const response = await fetch(url, { signal: connection.signal });
    if (!response.ok || !response.body) throw new Error(`it answered ${response.status} ${response.statusText}`.trim());
    hasBegun = true;
    const total = Number(response.headers.get("content-length"));
    for await (const chunk of response.body) {
      timer.refresh();
      chunks.push(chunk);
      received += chunk.length;
      onProgress(total ? `${Math.floor((100 * received) / total)} % of ${megabytes(total)}` : megabytes(received));
    }
    return Buffer.concat(chunks);
  } catch (error) {
    const { cause, message } = error as Error & { cause?: NodeJS.ErrnoException };
    // `fetch failed` and `terminated` have the reason as their cause.
    const isCutOff = cause !== undefined && hasBegun;
    const reason = isCutOff ? `it was cut off after ${megabytes(received)}` : cause?.message || cause?.code || message;
    throw new UserError(`${url} cannot be fetched: ${reason}. ${INSTALL}`);
  } finally {
    clearTimeout(timer);
    // An unread answer would keep the process alive.
    connection.abort();
  }
}

function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** Replaces the file as a whole, because other commands may fetch or run it at the same time. */
function keep(executable: Uint8Array, path: string): void {
  const temporary = `${path}-${randomUUID()}`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(temporary, executable);
    chmodSync(temporary, 0o755);
    renameSync(temporary, path);
  } catch (error) {
    throw new UserError(`Terraform cannot be written to ${dirname(path)}: ${(error as Error).message}`);
  } finally {
    rmSync(temporary, { force: true });
  }
}
