import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { canConfirm, confirm } from "@local/command-line/keys";
import { PROJECT_FOLDER } from "@local/command-line/project";
import { UserError } from "@local/command-line/user-error";
import { checkAccount, type Target } from "@local/terraform/deployment-target";
import { findBucket } from "@local/terraform/state-bucket";
import { withSetting } from "./settings-file";

/**
 * Writes the account that is logged in into cdktf.json, if the environment has none: if `--account` names it, or if the
 * user agrees at a terminal. A state bucket that exists keeps its name. Returns whether the settings have changed.
 *
 * @param wanted the value of `--account`
 * @throws UserError if another account is set or logged in
 */
export async function offerAccount(target: Target, wanted?: string): Promise<boolean> {
  const { deployment, isEmulator } = target;
  const stack = deployment.stateBackend;
  if (stack.account) {
    if (wanted === undefined || wanted === stack.account) return false;
    throw new UserError(`--account is ${wanted}, but cdktf.json sets account ${stack.account}; correct one of them.`);
  }
  if (wanted === undefined && (isEmulator || !canConfirm())) return false;
  const { id } = await checkAccount(target, stack);
  if (wanted !== undefined && wanted !== id) {
    throw new UserError(`--account is ${wanted}, but account ${id} is logged in. Nothing was changed.`);
  }
  const { bucket } = deployment.backend();
  const { owner } = await findBucket(await deployment.connect(), bucket, id);
  const name = owner === "own" ? `The state bucket stays ${bucket}.` : "The state bucket's default name contains it.";
  const question = `cdktf.json sets no account for ${deployment.environmentName}, and ${id} is logged in. Write it into cdktf.json? Commands then refuse every other account. ${name}`;
  if (wanted === undefined && !(await confirm(question))) return false;

  const file = join(PROJECT_FOLDER, "cdktf.json");
  const settings = { account: id, ...(owner === "own" ? { bucket } : {}) };
  writeFileSync(file, withAccount(readFileSync(file, "utf8"), deployment.environmentName, settings));
  console.error(`cdktf.json sets account ${id} for ${deployment.environmentName}.`);
  return true;
}

/**
 * Returns the text of a cdktf.json with an environment's account, and otherwise unchanged.
 *
 * @param settings the account's id, and the name that the state bucket keeps
 */
export function withAccount(
  text: string,
  environment: string,
  { account, bucket }: { readonly account: string; readonly bucket?: string },
): string {
  const named = bucket ? withSetting(text, environment, ["state", "bucket"], bucket) : text;
  return withSetting(named, environment, ["account"], account);
}
