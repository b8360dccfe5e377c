import { relative } from "node:path";
import type { FunctionConfiguration } from "@aws-sdk/client-lambda";
import type { Aws } from "@local/terraform/aws";
import { describeMissing, matchSecrets, readLocalEnv, type SecretVariable } from "./local-env";
import { mayRead } from "./may-read";
import type { ParameterStore } from "./parameter-store";

/** SSM's rule for names with levels. */
const PARAMETER_NAME = /^\/[\w.-]+(\/[\w.-]+){0,14}$/;

export interface SecretsProps {
  readonly iam: Aws["iam"];
  readonly store: ParameterStore;
  readonly functions: readonly FunctionConfiguration[];
  /** The path of local.env. */
  readonly file: string;
}

/**
 * Gives the functions' secrets the values of local.env. Returns a notice for each secret without a value, for each line that no
 * function reads, and for each parameter that SSM refuses.
 */
export async function giveSecrets({ iam, store, functions, file }: SecretsProps): Promise<string[]> {
  const values = readLocalEnv(file);
  const variables = (await Promise.all(functions.map((fn) => findSecrets(iam, fn)))).flat();
  const { found, unread } = matchSecrets(values, variables);
  const refused: string[] = [];
  const refuse = ({ message }: Error) => refused.push(message);
  await Promise.all([...found].map(([name, value]) => store.put(name, value).catch(refuse)));
  const missing: SecretVariable[] = [];
  for (const secret of variables) {
    if (!found.has(secret.parameterName) && !(await store.has(secret.parameterName))) missing.push(secret);
  }
  const shown = relative(process.cwd(), file);
  return [
    ...refused,
    ...missing.map((secret) => describeMissing(secret, shown)),
    ...unread.map(
      (name) => `${shown} has ${name}, but no function reads a parameter of which a variable has that name.`,
    ),
  ];
}

/** The variables with names of parameters that the function's role may read. Only a function with such a name costs calls. */
async function findSecrets(iam: Aws["iam"], fn: FunctionConfiguration): Promise<SecretVariable[]> {
  const named = Object.entries(fn.Environment?.Variables ?? {}).filter(([, value]) => PARAMETER_NAME.test(value));
  if (named.length === 0) return [];
  const isReadable = await mayRead(iam, fn.Role ?? "");
  return named
    .filter(([, parameterName]) => isReadable(parameterName))
    .map(([variable, parameterName]) => ({ functionName: fn.FunctionName ?? "", variable, parameterName }));
}
