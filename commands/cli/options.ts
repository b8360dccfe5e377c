import { parseArgs } from "node:util";
import { UserError } from "./user-error";

/** `parseArgs`, whose mistakes are the user's. */
export function parseOptions<T extends NonNullable<Parameters<typeof parseArgs>[0]>["options"]>(
  args: string[],
  options: T,
  allowPositionals = false,
) {
  try {
    return parseArgs({ args, options, allowPositionals });
  } catch (error) {
    throw new UserError(`${(error as Error).message.split(". ")[0]}; see the file \`help\`.`);
  }
}
